/**
 * What a shard learns of the directory, read in the shard's own thread: all of
 * it once, and from then on what is new in the journal.
 *
 *   loadFacts -> version v -> factsSince(v) -> version w -> factsSince(w) ...
 *
 * Each fact says what is, not what changed, so one that comes twice does no harm.
 * Facts of a number that was removed while the rest was being loaded name an
 * ordinal that was never loaded: whoever takes them up passes over those.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Ordinal, PoolId } from '../core/binding.js'
import type { DirectoryFact, NumberState } from '../core/directory.js'
import type { DirectoryEvent, OrdinalRange } from '../store/directory-event.js'
import { decodeDirectoryEvent } from '../store/directory-event-codec.js'
import type { Extent } from '../store/directory-extent.js'
import { numbersIn } from '../store/directory-number-key.js'
import type { DirectoryPages } from '../store/directory-pages.js'
import type { DirectoryRows } from '../store/directory-rows.js'
import type { Environment } from '../store/environment.js'
import { FactRuns } from './fact-runs.js'

/** Read under one snapshot, which must not stand for more than 100 ms. */
const chunk = { extents: 16, entities: 1_000, pages: 32 } as const
const nothing: ReadonlyMap<Ordinal, NumberState | 'GONE'> = new Map()

/** What is needed of the journal. */
export type PageSource = Pick<DirectoryPages, 'head' | 'pagesAfter'>

/** The journal no longer reaches back to that version: load anew. */
export class FactsGone extends Error {
  override readonly name = 'FactsGone'
}

/** Reads facts for shards in the thread that made it. */
export class DirectoryFacts {
  readonly #environment: Environment
  readonly #rows: DirectoryRows
  readonly #pages: PageSource
  readonly #areas = new Map<PoolId, Map<number, string>>()

  constructor(environment: Environment, rows: DirectoryRows, pages: PageSource) {
    this.#environment = environment
    this.#rows = rows
    this.#pages = pages
  }

  /**
   * What a shard must take up after `version`, and the version it then has.
   * Throws FactsGone when the journal begins later.
   */
  factsSince(shard: number, version: number): { facts: DirectoryFact[]; version: number } {
    const facts: DirectoryFact[] = []
    let at = version
    for (;;) {
      this.#environment.refresh()
      const pages = this.#pages.pagesAfter(at, chunk.pages)
      for (const { seq, events } of pages) {
        if (seq !== at + 1) throw new FactsGone(`the directory's journal goes from page ${at} to page ${seq}`)
        for (const bytes of events) this.#factsOf(decodeDirectoryEvent(bytes), shard, facts)
        at = seq
      }
      if (pages.length < chunk.pages) return { facts, version: at }
    }
  }

  /**
   * Gives everything that a shard needs to `sink`, in chunks, and answers the
   * version from which factsSince goes on. Chunks read later may already hold
   * what came after it, which factsSince then says again.
   */
  async loadFacts(shard: number, sink: (facts: DirectoryFact[]) => void): Promise<number> {
    this.#environment.refresh()
    const version = this.#pages.head()
    const { next } = this.#rows.shardCounts(shard)
    const hidden = this.#rows.parts().filter((part) => part.shard === shard)
    await this.#loadEntities(shard, sink)
    const runs = new FactRuns()
    for (let from = 0; from < next; ) {
      this.#environment.refresh()
      const extents = this.#rows.extents(shard, from, next, chunk.extents)
      const last = extents.at(-1)
      if (last === undefined) break
      const end = last.first + numbersIn(last.keys)
      const states = new Map(this.#rows.exceptions(shard, from, end))
      for (const extent of extents) {
        if (!isWithin(extent, hidden)) runs.add(extent, this.#area(extent.pool, extent.area), states)
      }
      sink(runs.take())
      from = end
      await nextTurn()
    }
    return version
  }

  async #loadEntities(shard: number, sink: (facts: DirectoryFact[]) => void): Promise<void> {
    for (let after = 0; ; ) {
      this.#environment.refresh()
      const tenants = this.#rows.tenantsAfter(after, chunk.entities)
      sink(tenants.filter(({ home }) => home === shard).map((tenant) => ({ type: 'tenant', tenant })))
      if (tenants.length < chunk.entities) break
      after = tenants.at(-1)!.id
      await nextTurn()
    }
    for (let after = 0; ; ) {
      this.#environment.refresh()
      const pools = this.#rows.poolsAfter(after, chunk.entities)
      sink(pools.filter((pool) => pool.shard === shard).map((pool) => ({ type: 'pool', pool })))
      if (pools.length < chunk.entities) return
      after = pools.at(-1)!.id
      await nextTurn()
    }
  }

  #factsOf(event: DirectoryEvent, shard: number, facts: DirectoryFact[]): void {
    switch (event.type) {
      case 'tenant':
        if (event.tenant.home === shard) facts.push(event)
        break
      case 'pool':
        if (event.pool.shard === shard) facts.push(event)
        break
      case 'numbers':
        if (event.shard === shard && event.part === 0) this.#pushExtents([event], facts)
        break
      case 'parts-live':
        for (const range of event.ranges) if (range.shard === shard) this.#pushRange(range, facts)
        break
      case 'number-states': {
        const { state, ordinals } = event
        if (event.shard === shard) facts.push({ type: 'number-state', ordinals: Array.from(ordinals), state })
        break
      }
      case 'numbers-gone':
        if (event.shard === shard) facts.push({ type: 'numbers-removed', ordinals: Array.from(event.ordinals) })
        break
      default:
        break
    }
  }

  /** What went live is in service: a later change of state has a later page. */
  #pushRange({ shard, first, count }: OrdinalRange, facts: DirectoryFact[]): void {
    const end = first + count
    for (let from = first; from < end; ) {
      const extents = this.#rows.extents(shard, from, end, chunk.extents)
      const last = extents.at(-1)
      if (last === undefined) return
      this.#pushExtents(extents, facts)
      from = last.first + numbersIn(last.keys)
      this.#environment.refresh()
    }
  }

  #pushExtents(extents: readonly Extent[], facts: DirectoryFact[]): void {
    const runs = new FactRuns()
    for (const extent of extents) runs.add(extent, this.#area(extent.pool, extent.area), nothing)
    for (const fact of runs.take()) facts.push(fact)
  }

  #area(pool: PoolId, id: number): string {
    const areas = this.#areas.get(pool) ?? new Map<number, string>()
    this.#areas.set(pool, areas)
    const known = areas.get(id)
    if (known !== undefined) return known
    const text = this.#rows.area(pool, id)
    areas.set(id, text)
    return text
  }
}

function isWithin({ shard, first }: Extent, ranges: readonly OrdinalRange[]): boolean {
  return ranges.some((range) => range.shard === shard && first >= range.first && first < range.first + range.count)
}
