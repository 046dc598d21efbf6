/** Messages to bytes and back. Decoding never throws: grpc-js would answer INTERNAL for a client's fault. */
import type { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import type { MethodDefinition } from '@grpc/grpc-js'
import { SafeReader } from './safe-reader.js'

/** What the generated code offers for each message. */
export interface WireType<T> {
  encode(message: T): BinaryWriter
  decode(input: BinaryReader): T
}

/** Stands for bytes that are not the message they should be. */
export const malformed = Symbol('malformed')
export type Decoded<T> = T | typeof malformed

/** The message, or `malformed`; never throws. */
export function decodeMessage<T>(type: WireType<T>, bytes: Uint8Array): Decoded<T> {
  const reader = new SafeReader(bytes)
  try {
    const message = type.decode(reader)
    // The generated code stops at a zero tag; what follows is then no message of anybody's.
    return reader.pos === reader.len ? message : malformed
  } catch {
    return malformed
  }
}

/** Without a copy: the writer's last chunk is ours alone. */
export function encodeMessage<T>(type: WireType<T>, message: T): Buffer {
  const bytes = type.encode(message).finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export type UnaryMethod<Request, Response> = MethodDefinition<Decoded<Request>, Response>

/** What grpc-js needs to serve a unary method with these types. */
export function unaryMethod<Request, Response>(
  path: string,
  request: WireType<Request>,
  response: WireType<Response>,
): UnaryMethod<Request, Response> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value) => (value === malformed ? Buffer.alloc(0) : encodeMessage(request, value)),
    requestDeserialize: (bytes) => decodeMessage(request, bytes),
    responseSerialize: (value) => encodeMessage(response, value),
    responseDeserialize: (bytes) => response.decode(new SafeReader(bytes)),
  }
}
