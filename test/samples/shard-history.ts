/**
 * A random history of one shard: pages of events in the order in which a core
 * could have made them, over a few numbers and parties so that keys meet again.
 */
import fc from 'fast-check'
import type { Binding } from '../../daemon/core/binding.js'
import { afterReport, type CallReport, type Calls, heldUntil, noCalls, withoutLast } from '../../daemon/core/calls.js'
import { afterRelease, type MovedRemnant, type ShardEvent } from '../../daemon/core/events.js'
import { DAY_MS } from '../../daemon/core/limits.js'
import { reservationsOf } from '../../daemon/core/reservation.js'
import { KeyOwners } from './key-owners.js'
import { plainBinding } from './shard-data.js'

export interface HistoryPage {
  readonly nowMs: number
  readonly events: readonly ShardEvent[]
}

const numbers = 3
/** The numbers behind those carry extensions. */
const extensionNumbers = 2
const extensionsPerNumber = 10
const parties = 40
const startMs = 1_000 * DAY_MS

type Step = readonly [kind: number, pick: number, extra: number]

/** Steps shrink well: each one is decided by what is there when its turn comes. */
export const anyHistory: fc.Arbitrary<HistoryPage[]> = fc
  .array(
    fc.record({
      passedMs: fc.oneof(fc.nat({ max: 2_000 }), fc.nat({ max: 2 * 3_600_000 }), fc.nat({ max: 3 * DAY_MS })),
      steps: fc.array(fc.tuple(fc.nat({ max: 29 }), fc.nat(), fc.nat()), { minLength: 1, maxLength: 6 }),
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
  readonly #calls = new Map<number, Calls>()
  readonly #remnants = new Map<number, MovedRemnant[]>()
  readonly #nextExtension = new Map<number, number>()
  readonly #owners = new KeyOwners()

  page(passedMs: number, steps: readonly Step[]): HistoryPage {
    this.#nowMs += passedMs
    const events = steps.map((step) => this.#event(step)).filter((event) => event !== undefined)
    return { nowMs: this.#nowMs, events }
  }

  #event([kind, pick, extra]: Step): ShardEvent | undefined {
    if (kind < 8) return this.#allocate(pick, extra)
    if (kind < 12) return this.#update(pick, extra)
    if (kind < 14) return this.#release(pick)
    if (kind < 20) return this.#call(pick, extra)
    return this.#tidy([kind, pick, extra])
  }

  #tidy([kind, pick, extra]: Step): ShardEvent {
    const upTo = { ms: this.#nowMs, seq: pick % this.#nextSeq }
    if (kind < 21) return { type: 'purged', ordinals: [pick % numbers, numbers], atMs: this.#nowMs }
    if (kind < 23) return this.#forget(pick)
    if (kind < 24)
      return { type: 'requests-dropped', beforeDay: Math.floor(this.#nowMs / DAY_MS) - 1, atMs: this.#nowMs }
    if (kind < 25) return { type: 'rate', tenant: 1 + (pick % 3), theoreticalMs: this.#nowMs + extra / 7 }
    if (kind < 26) return { type: 'freed', seqs: [upTo.seq], upTo }
    if (kind < 27) return { type: 'pool-level', pool: 1 + (pick % 3), low: extra % 2 === 0, free: extra % 100 }
    return { type: kind < 28 ? 'ended' : 'expiring', seqs: [upTo.seq], tenants: [1], upTo }
  }

  #allocate(pick: number, extra: number): ShardEvent | undefined {
    const seq = this.#nextSeq
    const nextExtension = extra % 3 === 0 ? this.#extensionFor(pick) : undefined
    const from = this.#nowMs + (extra % 5 === 0 ? 7_200_000 : 0)
    const requestId = extra % 2 === 0 ? `request-${seq}` : ''
    const base = {
      seq,
      createdMs: this.#nowMs,
      startMs: from,
      endMs: from + 1_000 + (extra % (2 * DAY_MS)),
      userData: extra % 3 === 0 ? Buffer.from(`data ${seq}`) : Buffer.alloc(0),
      requestId,
    }
    const binding = nextExtension === undefined ? pairOf(base, pick, extra) : extensionOf(base, pick, nextExtension)
    if (this.#owners.othersUntilMs(binding, reservationsOf(binding)) > from) return undefined
    this.#nextSeq += 1
    if (nextExtension !== undefined) this.#nextExtension.set(binding.x.ordinal, nextExtension)
    this.#keep(binding)
    const request = requestId === '' ? undefined : fingerprinted(requestId)
    // One that was asked for leaves the cycle where it is.
    return { type: 'allocated', binding, request, nextExtension: extra % 4 === 0 ? undefined : nextExtension }
  }

  #extensionFor(pick: number): number {
    return ((this.#nextExtension.get(extensionOrdinal(pick)) ?? 0) + 1) % extensionsPerNumber
  }

  #update(pick: number, extra: number): ShardEvent | undefined {
    const before = this.#live(pick)
    if (before === undefined) return undefined
    const lengthened = this.#lengthened(before, extra)
    const swapped = this.#swapped(lengthened, extra)
    const binding = swapped ?? lengthened
    const leaver = binding.a.number === before.a.number ? before.b : before.a
    const removed = swapped === undefined ? [] : this.#removed(before, leaver!.number)
    if (binding.a.number !== before.a.number) this.#calls.set(before.seq, withoutLast(this.#callsOf(before.seq)))
    this.#keep(binding)
    const request = extra % 3 === 0 ? fingerprinted(`update-${extra}`) : undefined
    return { type: 'updated', binding, removed, request }
  }

  #lengthened(before: Binding, extra: number): Binding {
    const meetsOthers = this.#owners.othersUntilMs(before, reservationsOf(before)) > this.#nowMs
    const endMs = before.endMs + (meetsOthers ? 0 : extra % (3 * DAY_MS))
    return {
      ...before,
      revision: before.revision + 1,
      endMs,
      freeAtMs: Math.max(endMs, before.heldUntilMs) + before.terms.cooldownMs,
      userData: extra % 4 === 0 ? Buffer.alloc(0) : Buffer.from(`updated ${extra}`),
    }
  }

  /** Another A or B, where that one's keys are free; else undefined. */
  #swapped(before: Binding, extra: number): Binding | undefined {
    const number = partyOf(extra)
    if (extra % 2 === 1 || number === before.a.number || number === before.b?.number) return undefined
    const sinceMs = Math.max(this.#nowMs, before.startMs)
    const joining = { number, verificationRef: '', sinceMs }
    const swapsA = before.b === undefined || extra % 4 === 0
    const binding = swapsA ? { ...before, a: joining } : { ...before, b: joining }
    const added = reservationsOf(binding).filter(({ route }) => isOf(route.key, number))
    return this.#owners.othersUntilMs(before, added) > this.#nowMs ? undefined : binding
  }

  /** What remains of a party of a binding that has begun. */
  #removed(before: Binding, party: string) {
    if (before.startMs > this.#nowMs) return []
    const endMs = this.#nowMs
    const heldUntilMs = Math.max(endMs, heldUntil(this.#callsOf(before.seq), endMs))
    const times = { endMs, heldUntilMs, freeAtMs: heldUntilMs + before.terms.cooldownMs }
    const left = reservationsOf(before).filter(({ route }) => isOf(route.key, party))
    const remnants = left.map(({ route }) => ({ ordinal: route.on.ordinal, key: route.key, ...times }))
    this.#keepRemnants(before.seq, [...(this.#remnants.get(before.seq) ?? []), ...remnants])
    return left.map(({ route, reservation }) => ({ route, reservation: { ...reservation, ...times, removed: true } }))
  }

  #release(pick: number): ShardEvent | undefined {
    const before = this.#live(pick)
    if (before === undefined) return undefined
    const begun = before.startMs <= this.#nowMs
    const coolsFromMs = Math.max(this.#nowMs, before.heldUntilMs)
    const event = {
      type: 'released',
      seq: before.seq,
      tenant: before.tenant,
      revision: before.revision + 1,
      endMs: this.#nowMs,
      freeAtMs: begun ? coolsFromMs + before.terms.cooldownMs : this.#nowMs,
      reason: 'done',
    } as const
    this.#keep(afterRelease(before, event))
    return event
  }

  #call(pick: number, extra: number): ShardEvent | undefined {
    const callable = [...this.#bindings.values()].filter(
      (one) => one.startMs <= this.#nowMs && one.freeAtMs > this.#nowMs,
    )
    const before = callable[pick % Math.max(1, callable.length)]
    if (before === undefined) return undefined
    const report = reportOf(before, extra, this.#nowMs)
    const calls = this.#callsOf(before.seq)
    const after = afterReport(calls, report, before, this.#nowMs)
    if (after === calls) return undefined
    this.#calls.set(before.seq, after)
    const heldUntilMs = heldUntil(after)
    const { cooldownMs } = before.terms
    const freeAtMs = Math.max(this.#nowMs, Math.max(before.endMs, heldUntilMs) + cooldownMs)
    this.#keep({ ...before, heldUntilMs, freeAtMs })
    const cooling = (this.#remnants.get(before.seq) ?? []).filter((one) => one.freeAtMs > this.#nowMs)
    const remnants = cooling.map((one) => {
      const held = Math.max(one.endMs, heldUntil(after, one.endMs))
      return { ...one, heldUntilMs: held, freeAtMs: Math.max(this.#nowMs, held + cooldownMs) }
    })
    this.#keepRemnants(before.seq, remnants)
    return { type: 'called', seq: before.seq, tenant: before.tenant, report, heldUntilMs, freeAtMs, remnants }
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

  #callsOf(seq: number): Calls {
    return this.#calls.get(seq) ?? noCalls
  }

  #keep(binding: Binding): void {
    this.#bindings.set(binding.seq, binding)
    this.#owners.keep(binding)
  }

  #keepRemnants(seq: number, remnants: MovedRemnant[]): void {
    this.#remnants.set(seq, remnants)
    for (const { ordinal, key, freeAtMs } of remnants) this.#owners.keepRemnant(seq, ordinal, key, freeAtMs)
  }
}

type Base = Pick<Binding, 'seq' | 'createdMs' | 'startMs' | 'endMs' | 'userData' | 'requestId'>

function pairOf(base: Base, pick: number, extra: number): Binding {
  const x = numberOf(pick % numbers)
  return plainBinding({ ...base, x }, partyOf(pick), partyOf(pick + 1 + (extra % (parties - 1))))
}

function extensionOf(base: Base, pick: number, position: number): Binding {
  const plain = plainBinding({ ...base, x: numberOf(extensionOrdinal(pick)) }, partyOf(pick))
  const extension = String(1_000 + position)
  return { ...plain, mode: 'AXE', b: undefined, extension, terms: { ...plain.terms, callback: 'LAST_CALLER' } }
}

function extensionOrdinal(pick: number): number {
  return numbers + (pick % extensionNumbers)
}

function numberOf(ordinal: number) {
  return { ordinal, digits: `70012345678000${ordinal}` }
}

function partyOf(pick: number): string {
  return String(13_800_000_000 + (pick % parties))
}

function isOf(key: { readonly kind: string; readonly party?: string }, party: string): boolean {
  return key.kind === 'EXACT' && key.party === party
}

function reportOf(binding: Binding, extra: number, nowMs: number): CallReport {
  return {
    callId: `call-${extra % 5}`,
    phase: (['STARTED', 'STARTED', 'ANSWERED', 'ENDED'] as const)[extra % 4]!,
    atMs: Math.max(binding.startMs, nowMs - (extra % 600_000)),
    caller: [binding.a.number, partyOf(extra), undefined][extra % 3],
    number: binding.x.digits,
    answered: extra % 7 === 0,
    cause: extra % 2 === 0 ? 'normal' : '',
  }
}

function fingerprinted(id: string) {
  return { id, fingerprint: id.padEnd(32, '.').slice(0, 32) }
}
