/**
 * A store in memory that knows nothing but the core's events: what the real
 * one keeps on disk, as maps. Resolve on it must answer as the model predicts.
 */
import type { Binding, Ordinal, Seq } from '../../daemon/core/binding.js'
import type { KnownRequest } from '../../daemon/core/commands.js'
import type { DirectoryFact, NumberRecord, Pool, Tenant } from '../../daemon/core/directory.js'
import { afterRelease, type ShardEvent } from '../../daemon/core/events.js'
import { isSpent, type PlacedReservation, type Reservation, reservationsOf } from '../../daemon/core/reservation.js'
import type { ResolveFacts } from '../../daemon/core/resolve.js'

interface Row {
  readonly ordinal: Ordinal
  readonly caller: string
  reservations: Reservation[]
}

export class EventStore implements ResolveFacts {
  readonly bindings = new Map<Seq, Binding>()
  readonly requests = new Map<string, KnownRequest>()
  readonly rows = new Map<string, Row>()
  /** Where the rate limiters stand, by tenant. */
  readonly rates = new Map<number, number>()
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
        return
      case 'updated':
        this.write(event.binding, event.removed)
        this.know(event.binding, event.request)
        return
      case 'released':
        this.write(afterRelease(this.bindings.get(event.seq)!, event), [])
        return
      case 'ended':
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

  private write(binding: Binding, removed: readonly PlacedReservation[]): void {
    const before = this.bindings.get(binding.seq)
    if (before !== undefined) for (const placed of reservationsOf(before)) this.drop(placed, binding.seq)
    this.bindings.set(binding.seq, binding)
    for (const placed of removed) this.place(placed)
    for (const placed of reservationsOf(binding)) this.place(placed)
  }

  private row({ route }: PlacedReservation): Row {
    const caller = route.key.kind === 'EXACT' ? route.key.party : route.key.kind
    const key = `${route.on.ordinal}/${caller}`
    const row = this.rows.get(key) ?? { ordinal: route.on.ordinal, caller, reservations: [] }
    this.rows.set(key, row)
    return row
  }

  /** Takes a binding's reservation off its row, after those that it has replaced: they must not come back (I1). */
  private drop(placed: PlacedReservation, seq: Seq): void {
    const row = this.row(placed)
    const { reservations } = row
    row.reservations = reservations.filter((one, i) => one.seq !== seq && !isSpent(reservations, i, this.now))
  }

  private place(placed: PlacedReservation): void {
    const row = this.row(placed)
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
    return [...this.rows.values()].sort((p, q) => p.ordinal - q.ordinal || (p.caller < q.caller ? -1 : 1))
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

  exact(number: NumberRecord, caller: string): readonly Reservation[] {
    return this.rows.get(`${number.ordinal}/${caller}`)?.reservations ?? []
  }

  extension(): readonly Reservation[] {
    return []
  }

  any(): readonly Reservation[] {
    return []
  }

  hasExtensions(): boolean {
    return false
  }
}
