/**
 * What the streams of one connection, and those of a whole gateway, may hold in
 * memory together. A client that does not read costs this much and no more:
 * streams over it stop reading, but each may always have one batch, so that none
 * starves for its neighbour's sake.
 */
import { bounds } from './bounds.js'

/** Bytes under a bound, and those who wait until there are fewer. */
class Room {
  readonly #bound: number
  readonly #waiting = new Set<() => void>()
  #bytes = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  get bytes(): number {
    return this.#bytes
  }

  get full(): boolean {
    return this.#bytes >= this.#bound
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

  whenRoom(resume: () => void): void {
    this.#waiting.add(resume)
  }

  forget(resume: () => void): void {
    this.#waiting.delete(resume)
  }
}

/** The room of one connection within that of its gateway. */
export class ConnectionBudget {
  readonly #own = new Room(bounds.streamBytesPerConnection)
  readonly #whole: Room
  #gives = 0

  constructor(whole: Room) {
    this.#whole = whole
  }

  get full(): boolean {
    return this.#own.full || this.#whole.full
  }

  get bytes(): number {
    return this.#own.bytes
  }

  /** How often something was given back. */
  get gives(): number {
    return this.#gives
  }

  take(bytes: number): void {
    this.#own.take(bytes)
    this.#whole.take(bytes)
  }

  give(bytes: number): void {
    this.#gives += 1
    this.#own.give(bytes)
    this.#whole.give(bytes)
  }

  /** Calls back once when there is room again; it may be taken by another before. */
  whenRoom(resume: () => void): void {
    const scarce = this.#own.full ? this.#own : this.#whole
    scarce.whenRoom(resume)
  }

  forget(resume: () => void): void {
    this.#own.forget(resume)
    this.#whole.forget(resume)
  }
}

interface Connection {
  readonly budget: ConnectionBudget
  streams: number
  /** Its budget's count when it was last seen to have moved, or to have no need to, and when that was. */
  gives: number
  movedMs: number
}

/** The budgets of the connections that have a stream open, by peer address. */
export class ConnectionBudgets {
  readonly #connections = new Map<string, Connection>()
  readonly #whole = new Room(bounds.streamBytesPerGateway)
  #streams = 0

  /** undefined: the connection or the gateway has all the streams it may have, or the gateway's memory for them is used up. */
  open(peer: string): ConnectionBudget | undefined {
    if (this.#streams >= bounds.streamsPerGateway || this.#whole.full) return undefined
    const connection = this.#connections.get(peer) ?? {
      ...{ budget: new ConnectionBudget(this.#whole), streams: 0 },
      // As if it had moved, whatever the time is, until it is first seen.
      ...{ gives: Number.NaN, movedMs: 0 },
    }
    if (connection.streams >= bounds.streamsPerConnection) return undefined
    connection.streams += 1
    this.#streams += 1
    this.#connections.set(peer, connection)
    return connection.budget
  }

  close(peer: string): void {
    const connection = this.#connections.get(peer)
    if (connection === undefined) return
    this.#streams -= 1
    connection.streams -= 1
    if (connection.streams === 0) this.#connections.delete(peer)
  }

  /**
   * The connection to cut off, if any: while all memory for streams is held, the one that holds most among those that
   * hold more than their share and of which nothing was answered, or nothing of it read, for hoarderStallMs. Asked every
   * connectionTickMs: only time in which the memory was used up counts, and in which the connection held any.
   */
  hoarder(nowMs: number): string | undefined {
    const { full } = this.#whole
    let worst: { readonly peer: string; readonly bytes: number } | undefined
    for (const [peer, connection] of this.#connections) {
      const { bytes, gives } = connection.budget
      if (!full || bytes === 0 || gives !== connection.gives) {
        connection.gives = gives
        connection.movedMs = nowMs
      }
      const stalled = nowMs - connection.movedMs >= bounds.hoarderStallMs
      const muchOfIt = bytes * this.#connections.size >= this.#whole.bytes
      if (stalled && muchOfIt && bytes > (worst?.bytes ?? 0)) worst = { peer, bytes }
    }
    return worst?.peer
  }

  /** Streams that a connection has open. */
  streamsOf(peer: string): number {
    return this.#connections.get(peer)?.streams ?? 0
  }

  /** Connections with a stream open. */
  get size(): number {
    return this.#connections.size
  }

  get streams(): number {
    return this.#streams
  }

  /** Held by all streams of the gateway. */
  get bytes(): number {
    return this.#whole.bytes
  }
}
