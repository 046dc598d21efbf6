/**
 * A lean client of Redis: pipelines of commands that are bytes already, and
 * replies that are looked at where they lie in the socket's buffer.
 */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'

const carriageReturn = 13
const error = 45 // -
const bulk = 36 // $
const zero = 48
const minus = 45
/** `\r\n` after every header and every bulk string. */
const lineEndBytes = 2

/** Sees one reply: the bytes [from, to) of a value; `to` is below `from` for an absent one. */
export type Visit = (bytes: Buffer, from: number, to: number) => void

interface Waiting {
  left: number
  readonly visit: Visit
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** A command as the wire has it. Arguments are ASCII. */
export function encodeCommand(...args: readonly string[]): string {
  let text = `*${args.length}\r\n`
  for (const one of args) text += `$${one.length}\r\n${one}\r\n`
  return text
}

export class RespConnection {
  readonly #socket: Socket
  /** In the order in which they were sent. */
  readonly #waiting: Waiting[] = []
  #rest: Buffer = Buffer.alloc(0)
  #closed: Error | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (fault) => this.#fail(fault))
    socket.on('close', () => this.#fail(new Error('Redis closed the connection')))
  }

  static async open(port: number): Promise<RespConnection> {
    const socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
    await once(socket, 'connect')
    return new RespConnection(socket)
  }

  /**
   * Sends commands and waits for as many replies (strings, numbers, statuses; no arrays).
   * @throws at the first error among them
   */
  pipeline(commands: Buffer | string, replies: number, visit: Visit): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ left: replies, visit, resolve, reject })
      if (typeof commands === 'string') this.#socket.write(commands, 'latin1')
      else this.#socket.write(commands)
    })
  }

  /** One command. @returns undefined for an absent value */
  async command(...args: readonly string[]): Promise<string | undefined> {
    let reply: string | undefined
    await this.pipeline(encodeCommand(...args), 1, (bytes, from, to) => {
      reply = to < from ? undefined : bytes.toString('latin1', from, to)
    })
    return reply
  }

  close(): void {
    this.#closed ??= new Error('the connection was closed')
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (at < bytes.length) {
      const next = this.#reply(bytes, at)
      if (next === undefined) break
      at = next
    }
    this.#rest = bytes.subarray(at)
  }

  /** @returns where the reply after this one begins; undefined while this one is not all there */
  #reply(bytes: Buffer, at: number): number | undefined {
    const end = bytes.indexOf(carriageReturn, at)
    if (end < 0 || end + 1 >= bytes.length) return undefined
    const after = end + lineEndBytes
    if (bytes[at] !== bulk) {
      this.#answer(bytes, at + 1, end, bytes[at] === error)
      return after
    }
    if (bytes[at + 1] === minus) {
      this.#answer(bytes, after, after - 1, false)
      return after
    }
    let length = 0
    for (let i = at + 1; i < end; i += 1) length = length * 10 + (bytes[i]! - zero)
    const next = after + length + lineEndBytes
    if (next > bytes.length) return undefined
    this.#answer(bytes, after, after + length, false)
    return next
  }

  #answer(bytes: Buffer, from: number, to: number, isError: boolean): void {
    const first = this.#waiting[0]
    if (first === undefined) return this.#fail(new Error('a reply that nobody asked for'))
    first.left -= 1
    if (isError) first.reject(new Error(bytes.toString('latin1', from, to)))
    else this.#see(first, bytes, from, to)
    if (first.left > 0) return
    this.#waiting.shift()
    first.resolve()
  }

  #see(waiting: Waiting, bytes: Buffer, from: number, to: number): void {
    try {
      waiting.visit(bytes, from, to)
    } catch (fault) {
      waiting.reject(fault instanceof Error ? fault : new Error(String(fault)))
    }
  }

  #fail(fault: Error): void {
    this.#closed ??= fault
    for (const one of this.#waiting.splice(0)) one.reject(fault)
  }
}
