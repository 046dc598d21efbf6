/** Messages to bytes and back. Decoding never throws: grpc-js would answer INTERNAL for a client's fault. */
import { type BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'
import type { MethodDefinition } from '@grpc/grpc-js'
import { SafeReader } from './safe-reader.js'

/** What the generated code offers for each message. */
export interface WireType<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter
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

/** A writer keeps its buffer for the next message; one that had to grow beyond this is not kept. */
const keptBytes = 262_144
let writer = new BinaryWriter()

/** The writer copies its bytes out once; the Buffer that grpc-js wants is a view on that copy. */
export function encodeMessage<T>(type: WireType<T>, message: T): Buffer {
  try {
    const bytes = type.encode(message, writer).finish()
    if (bytes.length > keptBytes) writer = new BinaryWriter()
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  } catch (error) {
    // Half of this message must not become the beginning of the next.
    writer = new BinaryWriter()
    throw error
  }
}

export type UnaryMethod<Request, Response> = MethodDefinition<Decoded<Request>, Response>

/** What grpc-js needs to serve a unary method whose handler reads and writes the bytes itself. */
export function bytesMethod(path: string): MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  }
}

/** A unary method whose answer is bytes already. */
export function writtenMethod<T>(path: string, request: WireType<T>): MethodDefinition<Decoded<T>, Buffer> {
  return { ...unaryMethod(path, request, request), responseSerialize: same, responseDeserialize: same }
}

function same(bytes: Buffer): Buffer {
  return bytes
}

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
