/**
 * A tenant's facts and the two of its quotas that remember more than what is
 * held: the rate limiter and the allocations per party and day.
 *
 * The limiter is the generic cell rate algorithm (ITU-T I.371): one number, the
 * theoretical time of the next allocation, says where the bucket stands, so
 * one small event keeps it across restarts.
 */
import type { Digits } from './binding.js'
import type { Tenant } from './directory.js'
import { DAY_MS } from './limits.js'
import type { UndoLog } from './undo.js'

const minuteMs = 60_000
const secondMs = 1_000

/** One tenant of the shard. */
export class TenantState {
  /** Theoretical time of the next allocation, unix ms with fractions. */
  #theoreticalMs = 0
  #day = 0
  #byParty = new Map<Digits, number>()

  constructor(
    public facts: Tenant,
    private readonly undo: UndoLog,
  ) {}

  get theoreticalMs(): number {
    return this.#theoreticalMs
  }

  setTheoretical(ms: number): void {
    const before = this.#theoreticalMs
    this.undo.action(() => {
      this.#theoreticalMs = before
    })
    this.#theoreticalMs = ms
  }

  /** Acknowledged allocations of a party on the tenant's calendar day of `now`. */
  allocationsToday(party: Digits, now: number): number {
    return this.dayOf(now) === this.#day ? (this.#byParty.get(party) ?? 0) : 0
  }

  countAllocation(party: Digits, now: number): void {
    const day = this.dayOf(now)
    if (day < this.#day) return
    if (day > this.#day) this.#newDay(day)
    const counts = this.#byParty
    const before = counts.get(party)
    this.undo.action(() => {
      if (before === undefined) counts.delete(party)
      else counts.set(party, before)
    })
    counts.set(party, (before ?? 0) + 1)
  }

  /** Days since the epoch by the tenant's own calendar. */
  dayOf(ms: number): number {
    return Math.floor((ms + this.facts.utcOffsetMinutes * minuteMs) / DAY_MS)
  }

  dayStartMs(ms: number): number {
    return this.dayOf(ms) * DAY_MS - this.facts.utcOffsetMinutes * minuteMs
  }

  #newDay(day: number): void {
    const before = { day: this.#day, counts: this.#byParty }
    this.undo.action(() => {
      this.#day = before.day
      this.#byParty = before.counts
    })
    this.#day = day
    this.#byParty = new Map()
  }
}

export interface RateDecision {
  readonly allowed: boolean
  /** Where the limiter stands afterwards. */
  readonly theoreticalMs: number
  /** When a token is there again; `now` if allowed. */
  readonly retryAtMs: number
}

/**
 * One token of the bucket, or none: a request beyond the rate takes nothing, so
 * that a flood does not push the next permitted one away for ever.
 */
export function takeToken(tenant: TenantState, now: number): RateDecision | undefined {
  const { allocationsPerSecond: rate, allocationsBurst } = tenant.facts.quotas
  if (rate === undefined) return undefined
  const burst = Math.max(allocationsBurst ?? rate, 0)
  if (rate === 0 || burst === 0) {
    return { allowed: false, theoreticalMs: tenant.theoreticalMs, retryAtMs: Number.POSITIVE_INFINITY }
  }
  const intervalMs = secondMs / rate
  const theoreticalMs = Math.max(tenant.theoreticalMs, now)
  const earliestMs = theoreticalMs - (burst - 1) * intervalMs
  // A millionth of a millisecond of grace: sums of fractions must not refuse a token that is there.
  if (earliestMs > now + 1e-6) {
    return { allowed: false, theoreticalMs: tenant.theoreticalMs, retryAtMs: Math.ceil(earliestMs) }
  }
  return { allowed: true, theoreticalMs: theoreticalMs + intervalMs, retryAtMs: now }
}
