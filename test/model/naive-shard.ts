/**
 * A shard as a child would build it: arrays, scanned whole for every question.
 * It is slow and obviously right, and written from the rules of the domain
 * alone, so that the core can be held against it. What it decides by itself it
 * predicts (windows, terms, owners, Resolve); what the core may choose (which
 * number) it is told, and judges (judge-*.ts).
 */
import type { Binding, Digits, NumberRef, Ordinal, PoolId, Seq, TenantId } from '../../daemon/core/binding.js'
import type { Ban, DirectoryFact, NumberState, Pool, Tenant } from '../../daemon/core/directory.js'
import { type NaiveCalls, silence } from './naive-calls.js'
import { familyOf, type KeyText, type NaiveFamily, numbersOf, type Place, placesOf } from './naive-routes.js'

export interface NaiveNumber extends NumberRef {
  readonly pool: PoolId
  readonly area: string
  state: NumberState
  /** It was out of service, or its shard was started anew: how long it has rested is left open. */
  interrupted: boolean
}

/** One binding's hold of one (number, caller). */
export interface Held extends Place {
  readonly seq: Seq
  readonly tenant: TenantId
  readonly family: NaiveFamily
  /** Owns the key from then on; a later one on the same key takes over at its own start. */
  readonly from: number
  readonly end: number
  /** Until when the window or calls keep everybody out, the same pair included (I11); at least end. */
  readonly heldUntil: number
  readonly freeAt: number
  /** Its party was removed by an update: no grace. */
  readonly removed: boolean
}

export interface Remembered {
  readonly tenant: TenantId
  readonly pool: PoolId
  readonly id: string
  readonly fingerprint: string
  readonly seq: Seq
  /** A replay must be known until then; later it may be. */
  readonly untilMs: number
}

/** An acknowledged allocation of a party, for the quota per day. */
export interface Acknowledged {
  readonly tenant: TenantId
  readonly party: Digits
  readonly atMs: number
}

export class NaiveShard {
  now = 0
  readonly tenants = new Map<TenantId, Tenant>()
  readonly pools = new Map<PoolId, Pool>()
  readonly numbers: NaiveNumber[] = []
  bindings: Binding[] = []
  held: Held[] = []
  requests: Remembered[] = []
  readonly acknowledged: Acknowledged[] = []
  readonly calls = new Map<Seq, NaiveCalls>()
  bans: Ban[] = []
  /** Extensions that the core chose, by number. */
  readonly chosenExtensions: { readonly ordinal: Ordinal; readonly extension: string }[] = []

  adopt(fact: DirectoryFact): void {
    switch (fact.type) {
      case 'tenant':
        this.tenants.set(fact.tenant.id, fact.tenant)
        return
      case 'pool':
        this.pools.set(fact.pool.id, fact.pool)
        return
      case 'numbers':
        for (const [i, digits] of fact.digits.entries()) {
          this.numbers.push({
            ordinal: fact.first + i,
            digits,
            pool: fact.pool,
            area: fact.area,
            state: fact.state,
            interrupted: false,
          })
        }
        return
      case 'number-state':
        for (const number of this.numbers) {
          if (!fact.ordinals.includes(number.ordinal)) continue
          number.state = fact.state
          number.interrupted ||= fact.state !== 'IN_SERVICE'
        }
    }
  }

  /** The process clock never falls. */
  tick(wallMs: number): number {
    this.now = Math.max(this.now, wallMs)
    return this.now
  }

  binding(seq: Seq): Binding | undefined {
    return this.bindings.find((binding) => binding.seq === seq)
  }

  remembered(tenant: TenantId, pool: PoolId, id: string): Remembered | undefined {
    return this.requests.find((known) => known.tenant === tenant && known.pool === pool && known.id === id)
  }

  live(now: number): Binding[] {
    return this.bindings.filter((binding) => now < binding.endMs && !binding.released)
  }

  /** Bindings that count on a number: from the acknowledgement to the end. */
  liveOn(ordinal: Ordinal, now: number): number {
    return this.live(now).filter((binding) => binding.x.ordinal === ordinal || binding.y?.ordinal === ordinal).length
  }

  liveOfParty(tenant: TenantId, pool: PoolId, party: Digits, now: number, except?: Seq): number {
    return this.live(now).filter(
      (binding) =>
        binding.seq !== except &&
        binding.tenant === tenant &&
        binding.pool === pool &&
        numbersOf(binding).includes(party),
    ).length
  }

  callsOf(seq: Seq): NaiveCalls {
    return this.calls.get(seq) ?? silence
  }

  banned(caller: Digits, callee: string, tenant: TenantId, now: number): boolean {
    return this.bans.some(
      (ban) =>
        ban.caller === caller &&
        (ban.callee === undefined || ban.callee === callee) &&
        (ban.tenant === undefined || ban.tenant === tenant) &&
        (ban.untilMs === undefined || now < ban.untilMs),
    )
  }

  /** All that was ever held on a key and is not free at `now`, in order of start. */
  on(ordinal: Ordinal, caller: KeyText, now: number): Held[] {
    return this.held
      .filter((held) => held.ordinal === ordinal && held.caller === caller && held.freeAt > now)
      .filter((held) => !this.isTakenOver(held, now))
      .sort((p, q) => p.from - q.from)
  }

  /** The next one on the same key that began after it, in time and then in order of acknowledgement. */
  successors(held: Held): Held[] {
    const place = this.held.indexOf(held)
    return this.held.filter(
      (other, i) =>
        other.ordinal === held.ordinal &&
        other.caller === held.caller &&
        (other.from > held.from || (other.from === held.from && i > place)),
    )
  }

  isTakenOver(held: Held, now: number): boolean {
    return this.successors(held).some((other) => other.from <= now)
  }

  /** Who owns a key at `now`; the latest that has begun, unless it is free. */
  owner(ordinal: Ordinal, caller: KeyText, now: number): Held | undefined {
    return this.on(ordinal, caller, now).findLast((held) => held.from <= now)
  }

  /** Everything that is held on a number and not free at `now`. */
  onNumber(ordinal: Ordinal, now: number): Held[] {
    const mine = this.held.filter((held) => held.ordinal === ordinal && held.freeAt > now)
    return mine.filter((held) => !this.isTakenOver(held, now))
  }

  /**
   * Distinct numbers on which a tenant has a reservation, cooling ones included. A call's hold that another's
   * booking has cut is counted to its own free_at: the rules leave it open, and no more is granted so.
   */
  numbersHeld(tenant: TenantId, now: number): Set<Ordinal> {
    const mine = this.held.filter((held) => held.tenant === tenant && held.freeAt > now)
    const gone = (held: Held) => this.successors(held).some((next) => next.from <= now && next.tenant === tenant)
    return new Set(mine.filter((held) => !gone(held)).map((held) => held.ordinal))
  }

  granted(binding: Binding, remember: Omit<Remembered, 'seq'> | undefined): void {
    this.bindings.push(binding)
    this.hold(binding, binding.startMs)
    for (const party of numbersOf(binding)) {
      this.acknowledged.push({ tenant: binding.tenant, party, atMs: binding.createdMs })
    }
    if (remember !== undefined) this.remember({ ...remember, seq: binding.seq })
  }

  remember(known: Remembered): void {
    this.requests = this.requests.filter(
      (old) => old.tenant !== known.tenant || old.pool !== known.pool || old.id !== known.id,
    )
    this.requests.push(known)
  }

  private hold(binding: Binding, from: number): void {
    for (const place of placesOf(binding)) this.held.push(heldBy(binding, place, from))
  }

  /** `freeAt` is the core's, already judged. */
  released(seq: Seq, now: number, freeAt: number, reason: string): void {
    const old = this.binding(seq)!
    const begun = old.startMs <= now
    this.replace({
      ...old,
      revision: old.revision + 1,
      endMs: now,
      freeAtMs: freeAt,
      released: true,
      releaseReason: reason,
    })
    this.held = this.held.flatMap((held) => {
      if (held.seq !== seq || held.removed) return [held]
      return begun ? [{ ...held, end: now, heldUntil: Math.max(now, old.heldUntilMs), freeAt }] : []
    })
  }

  /** Calls were reported; the times are the core's, already judged. */
  called(
    seq: Seq,
    heldUntilMs: number,
    freeAtMs: number,
    remnant: (held: Held) => Pick<Held, 'heldUntil' | 'freeAt'> | undefined,
  ): void {
    this.replace({ ...this.binding(seq)!, heldUntilMs, freeAtMs })
    this.held = this.held.map((held) => {
      if (held.seq !== seq) return held
      if (held.removed) return { ...held, ...remnant(held) }
      return { ...held, heldUntil: Math.max(held.end, heldUntilMs), freeAt: freeAtMs }
    })
  }

  /** A binding in its new shape; keys that it no longer has cool by themselves until `removed` says. */
  updated(binding: Binding, now: number, removed: (held: Held) => Pick<Held, 'heldUntil' | 'freeAt'>): void {
    const places = placesOf(binding)
    const matches = (held: Held, place: Place) => held.ordinal === place.ordinal && held.caller === place.caller
    const kept: Held[] = []
    const before = new Map<Place, number>()
    for (const held of this.held) {
      if (held.seq !== binding.seq || held.removed) {
        kept.push(held)
        continue
      }
      const place = places.find((p) => matches(held, p))
      if (place !== undefined) before.set(place, held.from)
      else if (held.from <= now) kept.push({ ...held, end: now, ...removed(held), removed: true })
    }
    this.held = kept
    for (const place of places) {
      this.held.push(heldBy(binding, place, before.get(place) ?? Math.max(now, binding.startMs)))
    }
    const { last, calls } = this.callsOf(binding.seq)
    const anotherA = this.binding(binding.seq)!.a.number !== binding.a.number
    this.calls.set(binding.seq, { calls, last: anotherA ? undefined : last })
    this.replace(binding)
  }

  private replace(binding: Binding): void {
    this.bindings = this.bindings.map((old) => (old.seq === binding.seq ? binding : old))
  }
}

function heldBy(binding: Binding, place: Place, from: number): Held {
  const { seq, tenant, endMs: end, freeAtMs: freeAt } = binding
  const family = familyOf[binding.mode]
  const heldUntil = Math.max(end, binding.heldUntilMs)
  return { ...place, seq, tenant, family, from, end, heldUntil, freeAt, removed: false }
}
