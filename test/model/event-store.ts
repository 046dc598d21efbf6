/**
 * A store in memory that knows nothing but the core's events: what the real
 * one keeps on disk, as maps. Resolve on it must answer as the model predicts.
 */
import type { Binding, Ordinal, PoolId, Seq, TenantId } from '../../daemon/core/binding.js'
import { callerKeyBytes, writeCallerKey } from '../../daemon/core/caller-key.js'
import { afterReport, type Calls, noCalls, withoutLast } from '../../daemon/core/calls.js'
import type { KnownRequest } from '../../daemon/core/commands.js'
import type { Ban, DirectoryFact, NumberRecord, Pool, Tenant } from '../../daemon/core/directory.js'
import { afterRelease, type ShardEvent } from '../../daemon/core/events.js'
import type { CallerKey } from '../../daemon/core/modes.js'
import {
  isOwned,
  isSpent,
  type PlacedReservation,
  type Reservation,
  reservationsOf,
} from '../../daemon/core/reservation.js'
import type { ResolveFacts } from '../../daemon/core/resolve.js'

interface Row {
  readonly ordinal: Ordinal
  readonly key: CallerKey
  reservations: Reservation[]
}

export class EventStore implements ResolveFacts {
  readonly bindings = new Map<Seq, Binding>()
  readonly requests = new Map<string, KnownRequest>()
  readonly rows = new Map<string, Row>()
  /** Where the rate limiters stand, by tenant. */
  readonly rates = new Map<number, number>()
  readonly calledOn = new Map<Seq, Calls>()
  /** Where the cycle of a number's extensions goes on. */
  readonly extensions = new Map<Ordinal, number>()
  readonly lowPools = new Set<PoolId>()
  /** In force until they are taken out or over. */
  readonly bans: Ban[] = []
  private now = 0
  private readonly tenants = new Map<number, Tenant>()
  private readonly pools = new Map<number, Pool>()
  private readonly numbers = new Map<string, NumberRecord>()

  adopt(fact: DirectoryFact): void {
    if (fact.type === 'tenant') this.tenants.set(fact.tenant.id, fact.tenant)
    else if (fact.type === 'pool') this.pools.set(fact.pool.id, fact.pool)
    else if (fact.type === 'numbers') {
      for (const [i, digits] of fact.digits.entries()) {
        const { pool, area, state } = fact
        const ordinal = fact.first + i
        this.numbers.set(digits, { digits, shard: 0, ordinal, pool, area, state, stateBefore: state, importId: 0 })
      }
    } else if (fact.type === 'numbers-removed') {
      for (const { digits, ordinal } of [...this.numbers.values()]) {
        if (fact.ordinals.includes(ordinal)) this.numbers.delete(digits)
      }
    } else {
      for (const number of this.numbers.values()) {
        if (fact.ordinals.includes(number.ordinal)) this.numbers.set(number.digits, { ...number, state: fact.state })
      }
    }
  }

  /** @param now of the page */
  apply(event: ShardEvent, now: number): void {
    this.now = now
    switch (event.type) {
      case 'allocated':
        this.write(event.binding, [])
        this.know(event.binding, event.request)
        if (event.nextExtension !== undefined) this.extensions.set(event.binding.x.ordinal, event.nextExtension)
        return
      case 'updated':
        if (event.binding.a.number !== this.bindings.get(event.binding.seq)!.a.number)
          this.calledOn.set(event.binding.seq, withoutLast(this.callsOf(event.binding.seq)))
        this.write(event.binding, event.removed)
        this.know(event.binding, event.request)
        return
      case 'released':
        this.write(afterRelease(this.bindings.get(event.seq)!, event), [])
        return
      case 'called':
        this.called(event)
        return
      case 'pool-level':
        if (event.low) this.lowPools.add(event.pool)
        else this.lowPools.delete(event.pool)
        return
      case 'ended':
      case 'expiring':
      case 'freed':
      case 'purged':
      case 'forgotten':
      case 'requests-dropped':
        return
      case 'rate':
        this.rates.set(event.tenant, event.theoreticalMs)
    }
  }

  known(tenant: number, pool: number, id: string): KnownRequest | undefined {
    return this.requests.get(`${tenant}/${pool}/${id}`)
  }

  private know(binding: Binding, request: { id: string; fingerprint: string } | undefined): void {
    if (request === undefined) return
    const { seq, tenant, pool } = binding
    this.requests.set(`${tenant}/${pool}/${request.id}`, { seq, fingerprint: request.fingerprint })
  }

  callsOf(seq: Seq): Calls {
    return this.calledOn.get(seq) ?? noCalls
  }

  /** New times for what stands; what a later binding has replaced does not come back (I2). */
  private called({ seq, report, heldUntilMs, freeAtMs, remnants }: Extract<ShardEvent, { type: 'called' }>): void {
    const before = this.bindings.get(seq)!
    this.calledOn.set(seq, afterReport(this.callsOf(seq), report, before, this.now))
    const after = { ...before, heldUntilMs, freeAtMs }
    this.bindings.set(seq, after)
    for (const { route, reservation } of reservationsOf(after)) {
      this.change(route.on.ordinal, route.key, (one) => (one.seq === seq && !one.removed ? reservation : one))
    }
    for (const { ordinal, key, endMs, ...times } of remnants) {
      const isIt = (one: Reservation) => one.seq === seq && one.removed && one.endMs === endMs
      this.change(ordinal, key, (one) => (isIt(one) ? { ...one, ...times } : one))
    }
  }

  private change(ordinal: Ordinal, key: CallerKey, change: (one: Reservation) => Reservation): void {
    const row = this.row(ordinal, key)
    const changed = row.reservations.map(change)
    row.reservations = changed.filter((_, i) => !isSpent(changed, i, this.now))
  }

  private write(binding: Binding, removed: readonly PlacedReservation[]): void {
    const before = this.bindings.get(binding.seq)
    if (before !== undefined) for (const placed of reservationsOf(before)) this.drop(placed, binding.seq)
    this.bindings.set(binding.seq, binding)
    for (const placed of removed) this.place(placed)
    for (const placed of reservationsOf(binding)) this.place(placed)
  }

  private row(ordinal: Ordinal, key: CallerKey): Row {
    const text = textOf(ordinal, key)
    const row = this.rows.get(text) ?? { ordinal, key, reservations: [] }
    this.rows.set(text, row)
    return row
  }

  /** Takes a binding's reservation off its row, after those that it has replaced: they must not come back (I1). */
  private drop(placed: PlacedReservation, seq: Seq): void {
    const row = this.row(placed.route.on.ordinal, placed.route.key)
    const { reservations } = row
    row.reservations = reservations.filter((one, i) => one.seq !== seq && !isSpent(reservations, i, this.now))
  }

  private place(placed: PlacedReservation): void {
    const row = this.row(placed.route.on.ordinal, placed.route.key)
    const { reservation } = placed
    row.reservations = row.reservations.filter((one) => one.seq !== reservation.seq)
    // A booking released before its start never owned the key, and must not hide what does.
    if (reservation.freeAtMs < reservation.startMs) return
    // Of the same start, a later acknowledgement comes after an earlier one: it took over.
    row.reservations.push(reservation)
    row.reservations.sort((p, q) => p.startMs - q.startMs)
  }

  /** As the real store scans its routes: by number, then by key. */
  rowsInOrder(): Row[] {
    return [...this.rows.entries()].sort(([p], [q]) => (p < q ? -1 : 1)).map(([, row]) => row)
  }

  number(digits: string): NumberRecord | undefined {
    return this.numbers.get(digits)
  }

  pool(id: number): Pool | undefined {
    return this.pools.get(id)
  }

  tenant(id: number): Tenant | undefined {
    return this.tenants.get(id)
  }

  exact(number: NumberRecord, party: string): readonly Reservation[] {
    return this.on(number, { kind: 'EXACT', party })
  }

  extension(number: NumberRecord, extension: string): readonly Reservation[] {
    return this.on(number, { kind: 'EXTENSION', extension })
  }

  any(number: NumberRecord): readonly Reservation[] {
    return this.on(number, { kind: 'ANY' })
  }

  hasExtensions({ ordinal }: NumberRecord, nowMs: number): boolean {
    return [...this.rows.values()].some(
      (row) => row.ordinal === ordinal && row.key.kind === 'EXTENSION' && isOwned(row.reservations, nowMs),
    )
  }

  banned(caller: string, callee: string, tenant: TenantId, nowMs: number): boolean {
    return this.bans.some(
      (ban) =>
        ban.caller === caller &&
        (ban.callee === undefined || ban.callee === callee) &&
        (ban.tenant === undefined || ban.tenant === tenant) &&
        (ban.untilMs === undefined || nowMs < ban.untilMs),
    )
  }

  calls(_number: NumberRecord, seq: Seq): Calls {
    return this.callsOf(seq)
  }

  callbackWindowMs(_number: NumberRecord, seq: Seq): number {
    return this.bindings.get(seq)!.terms.callbackWindowMs
  }

  private on({ ordinal }: NumberRecord, key: CallerKey): readonly Reservation[] {
    return this.rows.get(textOf(ordinal, key))?.reservations ?? []
  }
}

/** Sorts by number, and then as the bytes of the real key do: kind, length, digits. */
function textOf(ordinal: Ordinal, key: CallerKey): string {
  const bytes = new Uint8Array(callerKeyBytes)
  writeCallerKey(key, bytes, 0)
  return `${String(ordinal).padStart(10, '0')}/${Buffer.from(bytes).toString('hex')}`
}
