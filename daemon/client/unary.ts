/**
 * Unary calls as promises, made from the generated service definitions: a
 * method added to the contract needs no code here.
 */
import { type Client, Metadata } from '@grpc/grpc-js'
import { decodeError } from './error.js'

export interface CallSettings {
  /** Give up after so long, ms; default that of the connection. */
  readonly timeoutMs?: number | undefined
  /** Cancels the call, which then rejects with code CANCELLED. */
  readonly signal?: AbortSignal | undefined
}

/** A request with only what differs from "not given". */
export type Sparse<T> = { readonly [K in keyof T]?: T[K] | undefined }

interface UnaryDefinition {
  readonly path: string
  readonly requestStream: false
  readonly responseStream: false
  requestSerialize(value: never): Buffer
  requestDeserialize(bytes: Buffer): object
  responseDeserialize(bytes: Buffer): object
}

export type UnaryMethods<Service> = {
  readonly [K in keyof Service as Service[K] extends UnaryDefinition ? K : never]: Service[K] extends {
    requestDeserialize(bytes: Buffer): infer Request
    responseDeserialize(bytes: Buffer): infer Response
  }
    ? (request: Sparse<Request>, settings?: CallSettings) => Promise<Response>
    : never
}

/** One function per unary method of a service; each rejects with XpoolError. */
export function unaryMethods<Service extends object>(client: Client, service: Service, timeoutMs: number) {
  const methods = Object.entries(service)
    .filter(([, definition]) => isUnary(definition))
    .map(([name, definition]) => [name, unaryMethod(client, definition as UnaryDefinition, timeoutMs)])
  return Object.fromEntries(methods) as UnaryMethods<Service>
}

function isUnary(definition: { readonly requestStream: boolean; readonly responseStream: boolean }): boolean {
  return !definition.requestStream && !definition.responseStream
}

function unaryMethod(client: Client, definition: UnaryDefinition, defaultTimeoutMs: number) {
  const serialize = definition.requestSerialize as (value: object) => Buffer
  // What an empty message decodes to: the generated encoder wants every field present.
  const blank = definition.requestDeserialize(Buffer.alloc(0))
  return (request: Sparse<object>, settings: CallSettings = {}): Promise<object> =>
    new Promise((resolve, reject) => {
      settings.signal?.throwIfAborted()
      const deadline = Date.now() + (settings.timeoutMs ?? defaultTimeoutMs)
      const cancel = () => call.cancel()
      const call = client.makeUnaryRequest(
        definition.path,
        serialize,
        definition.responseDeserialize,
        filled(blank, request),
        new Metadata(),
        { deadline },
        (error, response) => {
          settings.signal?.removeEventListener('abort', cancel)
          if (error !== null) reject(decodeError(error))
          else resolve(response!)
        },
      )
      settings.signal?.addEventListener('abort', cancel, { once: true })
    })
}

/** `blank` overlaid with what is given; undefined is not given. */
export function filled<T extends object>(blank: T, request: Sparse<T>): T {
  const given = Object.entries(request).filter(([, value]) => value !== undefined)
  return { ...blank, ...Object.fromEntries(given) }
}

/** A whole message from what is given of it, as a message within another has to be. */
export function complete<T extends object>(type: { decode(bytes: Uint8Array): T }, given: Sparse<T>): T {
  return filled(type.decode(Buffer.alloc(0)), given)
}
