/**
 * The state of one shard: everything that `decide` looks at and `apply`
 * changes. It is what the store's rows say, held in tables for choosing fast:
 * only what owns a route key is here; parties, options and what is over are in the store.
 *
 *      keys --head--> reservations --binding--> bindings --> due queues
 *                          |
 *                       ordinal --> numbers --> candidate lists of pool and area
 */
import { firstSeq, type PoolId, type Seq, type TenantId } from './binding.js'
import { BindingTable } from './binding-table.js'
import { f64Column, u32Column } from './column.js'
import type { DirectoryFact, Tenant } from './directory.js'
import { DueQueue } from './due-queue.js'
import type { DueMark } from './events.js'
import { exclusiveGaps } from './exclusive-gaps.js'
import { KeyTable } from './key-table.js'
import { NumberMap } from './number-map.js'
import { NumberTable } from './number-table.js'
import { PoolState } from './pool-state.js'
import { ReservationTable } from './reservation-table.js'
import { TenantState } from './tenant-state.js'
import { UndoLog } from './undo.js'

/** Where the shard stands in time, and in the numbering of its bindings. */
export interface Progress {
  readonly nowMs: number
  readonly nextSeq: Seq
  readonly endedUpTo: DueMark
  readonly freedUpTo: DueMark
  readonly expiringUpTo: DueMark
}

const cell = { nowMs: 0, nextSeq: 1, endedUpTo: 2, freedUpTo: 4, expiringUpTo: 6, end: 8 } as const

export class ShardState {
  readonly undo = new UndoLog()
  readonly pools = new Map<PoolId, PoolState>()
  readonly tenants = new Map<TenantId, TenantState>()
  readonly keys = new KeyTable(this.undo)
  readonly bindings = new BindingTable(this.undo)
  readonly reservations = new ReservationTable(this.undo, this.keys, this.bindings)
  readonly numbers = new NumberTable(this.undo, this.pools, (ordinal) =>
    exclusiveGaps(this.keys, this.reservations, ordinal),
  )
  /** Pools whose level may have changed since it was last looked at (levels.ts). */
  readonly changedPools = new Set<PoolId>()
  /** Bindings to end, and ended ones to free. */
  readonly ends = new DueQueue(this.undo, this.bindings, this.bindings.duePlace)
  readonly frees = new DueQueue(this.undo, this.bindings, this.bindings.duePlace)
  /** Live bindings whose end is to be announced. */
  readonly expirings = new DueQueue(this.undo, this.bindings, this.bindings.expiringPlace)
  /** Reservations by (tenant, number): what "numbers held" counts. */
  readonly #held = new NumberMap(this.undo)
  readonly #liveByTenant = u32Column(this.undo)
  readonly #heldByTenant = u32Column(this.undo)
  /** The fields of Progress; a mark takes two cells. */
  readonly #progress = f64Column(this.undo, cell.end)

  constructor() {
    this.#progress.set(cell.nextSeq, firstSeq)
  }

  get nowMs(): number {
    return this.#progress.get(cell.nowMs)
  }

  get nextSeq(): Seq {
    return this.#progress.get(cell.nextSeq)
  }

  get freedUpTo(): DueMark {
    return this.#mark(cell.freedUpTo)
  }

  get progress(): Progress {
    return {
      nowMs: this.nowMs,
      nextSeq: this.nextSeq,
      endedUpTo: this.#mark(cell.endedUpTo),
      freedUpTo: this.freedUpTo,
      expiringUpTo: this.#mark(cell.expiringUpTo),
    }
  }

  advance(change: Partial<Progress>): void {
    if (change.nowMs !== undefined) this.#progress.set(cell.nowMs, change.nowMs)
    if (change.nextSeq !== undefined) this.#progress.set(cell.nextSeq, change.nextSeq)
    this.#setMark(cell.endedUpTo, change.endedUpTo)
    this.#setMark(cell.freedUpTo, change.freedUpTo)
    this.#setMark(cell.expiringUpTo, change.expiringUpTo)
  }

  #mark(at: number): DueMark {
    return { ms: this.#progress.get(at), seq: this.#progress.get(at + 1) }
  }

  #setMark(at: number, mark: DueMark | undefined): void {
    if (mark === undefined) return
    this.#progress.set(at, mark.ms)
    this.#progress.set(at + 1, mark.seq)
  }

  /** Time as the shard sees it: it never falls, whatever the caller's clock does (I9). */
  clamp(now: number): number {
    return Math.max(now, this.nowMs)
  }

  liveOf(tenant: TenantId): number {
    return this.#liveByTenant.get(tenant)
  }

  numbersHeldBy(tenant: TenantId): number {
    return this.#heldByTenant.get(tenant)
  }

  holds(tenant: TenantId, ordinal: number): boolean {
    return this.#held.get(heldKey(tenant, ordinal)) > 0
  }

  countLive(tenant: TenantId, delta: 1 | -1): void {
    this.#liveByTenant.add(tenant, delta)
  }

  countHeld(tenant: TenantId, ordinal: number, delta: 1 | -1): void {
    const reservations = this.#held.add(heldKey(tenant, ordinal), delta)
    if (delta === 1 && reservations === 1) this.#heldByTenant.add(tenant, 1)
    if (delta === -1 && reservations === 0) this.#heldByTenant.add(tenant, -1)
  }

  /** Takes up a change of the directory; not part of a batch, never undone. */
  adopt(fact: DirectoryFact): void {
    switch (fact.type) {
      case 'tenant':
        this.#adoptTenant(fact.tenant)
        break
      case 'pool':
        this.#adoptPool(fact)
        break
      case 'numbers':
        fact.digits.forEach((digits, i) => {
          this.numbers.add(fact.first + i, digits, fact.pool, fact.area, fact.state)
        })
        break
      case 'number-state':
        for (const ordinal of fact.ordinals) this.numbers.setState(ordinal, fact.state)
        break
      case 'numbers-removed':
        for (const ordinal of fact.ordinals) this.numbers.remove(ordinal)
        break
    }
  }

  #adoptTenant(tenant: Tenant): void {
    const known = this.tenants.get(tenant.id)
    if (known === undefined) this.tenants.set(tenant.id, new TenantState(tenant, this.undo))
    else known.facts = tenant
  }

  #adoptPool(fact: Extract<DirectoryFact, { type: 'pool' }>): void {
    const known = this.pools.get(fact.pool.id)
    if (known === undefined) {
      const { places, gaps } = this.numbers
      this.pools.set(fact.pool.id, new PoolState(fact.pool, this.undo, places, gaps, this.changedPools))
      return
    }
    const { maxBindingsPerNumber, extensionDigits } = known.policy
    const refile =
      maxBindingsPerNumber !== fact.pool.maxBindingsPerNumber || extensionDigits !== fact.pool.extensionDigits
    known.policy = fact.pool
    if (!refile) return
    for (let ordinal = 0; ordinal < this.numbers.end; ordinal += 1) {
      if (this.numbers.has(ordinal) && this.numbers.poolOf(ordinal) === fact.pool.id) this.numbers.file(ordinal)
    }
  }
}

function heldKey(tenant: TenantId, ordinal: number): number {
  return tenant * 0x1_0000_0000 + ordinal
}
