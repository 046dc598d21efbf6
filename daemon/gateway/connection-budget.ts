/**
 * What the streams of one connection may hold in memory together. A client that
 * does not read costs this much and no more: streams over it stop reading, but
 * each may always have one batch, so that none starves for its neighbour's sake.
 */
import { bounds } from './bounds.js'

/** Bytes of one connection, and the streams that wait for room among them. */
export class ConnectionBudget {
  #bytes = 0
  readonly #waiting = new Set<() => void>()

  get full(): boolean {
    return this.#bytes >= bounds.streamBytesPerConnection
  }

  take(bytes: number): void {
    this.#bytes += bytes
  }

  give(bytes: number): void {
    const wasFull = this.full
    this.#bytes -= bytes
    if (!wasFull || this.full) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const resume of waiting) resume()
  }

  /** Calls back once when there is room again. */
  whenRoom(resume: () => void): void {
    this.#waiting.add(resume)
  }

  forget(resume: () => void): void {
    this.#waiting.delete(resume)
  }
}

interface Connection {
  readonly budget: ConnectionBudget
  streams: number
}

/** The budgets of the connections that have a stream open, by peer address. */
export class ConnectionBudgets {
  readonly #connections = new Map<string, Connection>()

  /** undefined: the connection has all the streams it may have. */
  open(peer: string): ConnectionBudget | undefined {
    const connection = this.#connections.get(peer) ?? { budget: new ConnectionBudget(), streams: 0 }
    if (connection.streams >= bounds.streamsPerConnection) return undefined
    connection.streams += 1
    this.#connections.set(peer, connection)
    return connection.budget
  }

  close(peer: string): void {
    const connection = this.#connections.get(peer)
    if (connection === undefined) return
    connection.streams -= 1
    if (connection.streams === 0) this.#connections.delete(peer)
  }

  get size(): number {
    return this.#connections.size
  }
}
