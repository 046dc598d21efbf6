/**
 * The connections of one gateway: how old they are, and which of them are asked to go.
 *
 *   opened --- settleMs ---> settled --- age reached, or more than a fair share ---> leaving
 *                                                                                     |
 *              GOAWAY: new calls go elsewhere, open streams run on to age + grace ----+
 *                                                                                     |
 *              streams end behind their last answer (CONNECTION_AGED) ---- lastAnswersMs ---> closed
 *
 * A client answers a GOAWAY by a new connection for its next call, and the kernel draws a gateway anew.
 */
import { bounds } from './bounds.js'
import type { FairShare } from './fair-share.js'

export interface ConnectionRules {
  /** A connection is asked to go after so long, give or take a tenth; 0: never for its age. */
  readonly ageMs: number
  /** From then on open streams have so long to end by themselves. */
  readonly graceMs: number
}

/** What the table does to a connection. */
export interface ConnectionHold {
  /** Sends GOAWAY, and closes the connection when its last call ends, or after `closeMs` at the latest. */
  retire(closeMs: number): void
  /** Streams that it has open. */
  streams(): number
  /** Ends its streams behind their last answer. */
  endStreams(): void
}

export type RetireReason = 'age' | 'spread' | 'stalled'

export interface TableCounts {
  opened(): void
  retired(reason: RetireReason): void
}

interface Connection {
  readonly hold: ConnectionHold
  readonly openedMs: number
  /** When it is asked to go; Infinity: never for its age. */
  readonly ageAtMs: number
  leaving: boolean
  streamsEnded: boolean
}

/** setTimeout takes no more: 24 days. */
const timerMsMax = 2 ** 31 - 1

export class ConnectionTable {
  readonly #rules: ConnectionRules
  readonly #share: FairShare | undefined
  readonly #counts: TableCounts
  readonly #open = new Set<Connection>()

  /** @param share undefined: connections stay where they are */
  constructor(rules: ConnectionRules, share: FairShare | undefined, counts: TableCounts) {
    this.#rules = rules
    this.#share = share
    this.#counts = counts
  }

  get staying(): number {
    let staying = 0
    for (const { leaving } of this.#open) staying += leaving ? 0 : 1
    return staying
  }

  /** Asked to go, and kept by what is still open on them. */
  get leaving(): number {
    return this.#open.size - this.staying
  }

  /**
   * @param random 0 to 1, so that connections opened together do not go together
   * @returns what to call when it is closed
   */
  add(hold: ConnectionHold, nowMs: number, random: number): () => void {
    const { ageMs } = this.#rules
    const jitter = 1 + bounds.connectionAgeJitterRatio * (2 * random - 1)
    const ageAtMs = ageMs === 0 ? Infinity : nowMs + ageMs * jitter
    const connection = { hold, openedMs: nowMs, ageAtMs, leaving: false, streamsEnded: false }
    this.#open.add(connection)
    this.#counts.opened()
    return () => void this.#open.delete(connection)
  }

  /** Every connectionTickMs: lets the old go, and one that another gateway has room for. */
  tick(nowMs: number): void {
    for (const connection of this.#open) {
      if (!connection.leaving && nowMs >= connection.ageAtMs) this.#retire(connection, 'age', nowMs)
      if (!connection.streamsEnded && nowMs >= connection.ageAtMs + this.#rules.graceMs) {
        connection.streamsEnded = true
        connection.hold.endStreams()
      }
    }
    if (this.#share === undefined) return
    const settled = [...this.#open].filter(({ leaving, openedMs }) => !leaving && isSettled(openedMs, nowMs))
    if (this.#share.isAbove(settled.length, nowMs)) this.#retire(easiest(settled), 'spread', nowMs)
    this.#share.tell(this.staying, nowMs)
  }

  /** No connection is counted, and none is moved, any more. */
  close(): void {
    this.#share?.leave()
  }

  #retire(connection: Connection, reason: RetireReason, nowMs: number): void {
    connection.leaving = true
    this.#counts.retired(reason)
    const closeAtMs = connection.ageAtMs + this.#rules.graceMs + bounds.lastAnswersMs
    connection.hold.retire(Math.min(timerMsMax, closeAtMs - nowMs))
  }
}

/** A GOAWAY right behind the handshake can refuse a client's first call and its retry; and many connections are short. */
function isSettled(openedMs: number, nowMs: number): boolean {
  return nowMs - openedMs >= bounds.connectionSettleMs
}

/** The one with the fewest streams, for these stay behind; among equals the oldest. */
function easiest(connections: readonly Connection[]): Connection {
  return connections.reduce((best, one) => (one.hold.streams() < best.hold.streams() ? one : best))
}
