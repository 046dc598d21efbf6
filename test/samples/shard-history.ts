/**
 * A random history of one shard: pages of events in the order in which a core
 * could have made them, over a few numbers and parties so that keys meet again.
 */
import fc from 'fast-check'
import type { Binding } from '../../daemon/core/binding.js'
import { afterRelease, type ShardEvent } from '../../daemon/core/events.js'
import { DAY_MS } from '../../daemon/core/limits.js'
import { reservationsOf } from '../../daemon/core/reservation.js'
import { plainBinding } from './shard-data.js'

export interface HistoryPage {
  readonly nowMs: number
  readonly events: readonly ShardEvent[]
}

const numbers = 3
const parties = 40
const startMs = 1_000 * DAY_MS

type Step = readonly [kind: number, pick: number, extra: number]

/** Steps shrink well: each one is decided by what is there when its turn comes. */
export const anyHistory: fc.Arbitrary<HistoryPage[]> = fc
  .array(
    fc.record({
      passedMs: fc.oneof(fc.nat({ max: 2_000 }), fc.nat({ max: 2 * 3_600_000 }), fc.nat({ max: 3 * DAY_MS })),
      steps: fc.array(fc.tuple(fc.nat({ max: 19 }), fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((pages) => {
    const history = new History()
    return pages.map(({ passedMs, steps }) => history.page(passedMs, steps))
  })

class History {
  #nowMs = startMs
  #nextSeq = 1
  readonly #bindings = new Map<number, Binding>()
  /** When a route key is free again, by number and party. */
  readonly #freeAt = new Map<string, number>()

  page(passedMs: number, steps: readonly Step[]): HistoryPage {
    this.#nowMs += passedMs
    const events = steps.map((step) => this.#event(step)).filter((event) => event !== undefined)
    return { nowMs: this.#nowMs, events }
  }

  #event([kind, pick, extra]: Step): ShardEvent | undefined {
    if (kind < 9) return this.#allocate(pick, extra)
    if (kind < 12) return this.#update(pick, extra)
    if (kind < 14) return this.#release(pick)
    if (kind < 15) return { type: 'purged', ordinals: [pick % numbers, numbers], atMs: this.#nowMs }
    if (kind < 16) return this.#forget(pick)
    if (kind < 17) {
      return { type: 'requests-dropped', beforeDay: Math.floor(this.#nowMs / DAY_MS) - 1, atMs: this.#nowMs }
    }
    if (kind < 18) return { type: 'rate', tenant: 1 + (pick % 3), theoreticalMs: this.#nowMs + extra / 7 }
    const upTo = { ms: this.#nowMs, seq: pick % this.#nextSeq }
    return { type: kind < 19 ? 'ended' : 'freed', seqs: [upTo.seq], upTo }
  }

  #allocate(pick: number, extra: number): ShardEvent | undefined {
    const ordinal = pick % numbers
    const a = partyOf(pick)
    const b = partyOf(pick + 1 + (extra % (parties - 1)))
    const booked = extra % 5 === 0 ? 7_200_000 : 0
    const from = this.#nowMs + booked
    if (this.#isTaken(ordinal, a, from) || this.#isTaken(ordinal, b, from)) return undefined
    const seq = this.#nextSeq
    this.#nextSeq += 1
    const requestId = extra % 2 === 0 ? `request-${seq}` : ''
    const binding = plainBinding(
      {
        seq,
        x: { ordinal, digits: `70012345678000${ordinal}` },
        createdMs: this.#nowMs,
        startMs: from,
        endMs: from + 1_000 + (extra % (2 * DAY_MS)),
        userData: extra % 3 === 0 ? Buffer.from(`data ${seq}`) : Buffer.alloc(0),
        requestId,
      },
      a,
      b,
    )
    this.#keep(binding)
    return { type: 'allocated', binding, request: requestId === '' ? undefined : fingerprinted(requestId) }
  }

  #update(pick: number, extra: number): ShardEvent | undefined {
    const before = this.#live(pick)
    if (before === undefined) return undefined
    const joining = partyOf(extra)
    const ordinal = before.x.ordinal
    const swaps = extra % 2 === 0 && joining !== before.a.number && !this.#isTaken(ordinal, joining, this.#nowMs)
    const sinceMs = Math.max(this.#nowMs, before.startMs)
    const endMs = before.endMs + (extra % (3 * DAY_MS))
    const binding: Binding = {
      ...before,
      revision: before.revision + 1,
      b: swaps ? { number: joining, verificationRef: '', sinceMs } : before.b,
      endMs,
      freeAtMs: endMs + before.terms.cooldownMs,
      userData: extra % 4 === 0 ? Buffer.alloc(0) : Buffer.from(`updated ${extra}`),
    }
    const removed = reservationsOf(before)
      .filter(({ route }) => swaps && route.key.kind === 'EXACT' && route.key.party === before.b!.number)
      .filter(() => before.startMs <= this.#nowMs)
      .map(({ route, reservation }) => {
        const freeAtMs = this.#nowMs + before.terms.cooldownMs
        return { route, reservation: { ...reservation, endMs: this.#nowMs, freeAtMs, removed: true } }
      })
    if (swaps) this.#freeAt.set(`${ordinal} ${before.b!.number}`, this.#nowMs + before.terms.cooldownMs)
    this.#keep(binding)
    return {
      type: 'updated',
      binding,
      removed,
      request: extra % 3 === 0 ? fingerprinted(`update-${extra}`) : undefined,
    }
  }

  #release(pick: number): ShardEvent | undefined {
    const before = this.#live(pick)
    if (before === undefined) return undefined
    const begun = before.startMs <= this.#nowMs
    const event = {
      type: 'released',
      seq: before.seq,
      revision: before.revision + 1,
      endMs: this.#nowMs,
      freeAtMs: this.#nowMs + (begun ? before.terms.cooldownMs : 0),
      reason: 'done',
    } as const
    this.#keep(afterRelease(before, event))
    return event
  }

  #forget(pick: number): ShardEvent {
    const fromSeq = pick % this.#nextSeq
    const toSeq = fromSeq + 20
    for (const [seq, binding] of this.#bindings) {
      const over = binding.freeAtMs + DAY_MS <= this.#nowMs
      if (seq >= fromSeq && seq < toSeq && over) this.#bindings.delete(seq)
    }
    return { type: 'forgotten', fromSeq, toSeq, atMs: this.#nowMs }
  }

  #live(pick: number): Binding | undefined {
    const live = [...this.#bindings.values()].filter((one) => !one.released && one.endMs > this.#nowMs)
    return live[pick % Math.max(1, live.length)]
  }

  #keep(binding: Binding): void {
    this.#bindings.set(binding.seq, binding)
    for (const party of [binding.a, binding.b!]) {
      this.#freeAt.set(`${binding.x.ordinal} ${party.number}`, binding.freeAtMs)
    }
  }

  #isTaken(ordinal: number, party: string, fromMs: number): boolean {
    return (this.#freeAt.get(`${ordinal} ${party}`) ?? 0) > fromMs
  }
}

function partyOf(pick: number): string {
  return String(13_800_000_000 + (pick % parties))
}

function fingerprinted(id: string) {
  return { id, fingerprint: id.padEnd(32, '.').slice(0, 32) }
}
