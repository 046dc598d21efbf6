/** The core with the least shell around it that it needs: looks up facts, applies events, keeps the log. */
import assert from 'node:assert'
import { apply } from '../../daemon/core/apply.js'
import type { Command, CommandFacts, Outcome } from '../../daemon/core/commands.js'
import { decide } from '../../daemon/core/decide.js'
import type { DirectoryFact } from '../../daemon/core/directory.js'
import { decideDue } from '../../daemon/core/due.js'
import type { ShardEvent } from '../../daemon/core/events.js'
import { Restorer } from '../../daemon/core/restore.js'
import { ShardState } from '../../daemon/core/state.js'
import { EventStore } from './event-store.js'

type Logged =
  | { readonly type: 'fact'; readonly fact: DirectoryFact }
  | { readonly type: 'page'; readonly nowMs: number; readonly events: readonly ShardEvent[] }

export interface Decided {
  readonly outcome: Outcome
  readonly events: readonly ShardEvent[]
}

export class CoreUnderTest {
  readonly state = new ShardState()
  private readonly log: Logged[] = []

  /** @param rehearses every batch is first done and undone: it must leave no trace */
  constructor(
    private readonly rehearses = false,
    readonly store = new EventStore(),
  ) {}

  adopt(fact: DirectoryFact): void {
    this.state.adopt(fact)
    this.store.adopt(fact)
    this.log.push({ type: 'fact', fact })
  }

  /** @param wallMs a clock that may step back */
  decide(command: Command, wallMs: number): Decided {
    const nowMs = this.state.clamp(wallMs)
    const facts = this.factsOf(command)
    const decided = decide(this.state, command, facts, wallMs)
    if (this.rehearses) {
      this.rehearse(nowMs, decided.events)
      assert.deepEqual(decide(this.state, command, facts, wallMs), decided, 'a batch that was undone left a trace')
    }
    this.take({ type: 'page', nowMs, events: decided.events })
    return decided
  }

  due(wallMs: number, limit: number): readonly ShardEvent[] {
    const nowMs = this.state.clamp(wallMs)
    const events = decideDue(this.state, wallMs, limit)
    if (this.rehearses) this.rehearse(nowMs, events)
    this.take({ type: 'page', nowMs, events })
    return events
  }

  /** A core that has seen nothing but the journal (I8). */
  replayed(): CoreUnderTest {
    const twin = new CoreUnderTest()
    for (const logged of this.log) {
      if (logged.type === 'fact') twin.adopt(logged.fact)
      else twin.take(logged)
    }
    return twin
  }

  /** A core restored from what its store holds, as at a start. */
  restored(): CoreUnderTest {
    const next = new CoreUnderTest(this.rehearses, this.store)
    for (const logged of this.log) if (logged.type === 'fact') next.state.adopt(logged.fact)
    const restorer = new Restorer(next.state, this.state.progress)
    for (const { ordinal, key, reservations } of this.store.rowsInOrder()) {
      restorer.route(ordinal, key, reservations)
    }
    for (const [ordinal, at] of this.store.extensions) restorer.extension(ordinal, at)
    for (const pool of this.store.lowPools) restorer.low(pool)
    for (const [tenant, theoreticalMs] of this.store.rates) restorer.rate(tenant, theoreticalMs)
    const fromMs = restorer.daysFromMs()
    for (const binding of this.store.bindings.values()) {
      if (fromMs !== undefined && binding.createdMs >= fromMs) restorer.madeToday(binding)
    }
    restorer.finish()
    next.log.push(...this.log)
    return next
  }

  private rehearse(nowMs: number, events: readonly ShardEvent[]): void {
    this.state.undo.begin()
    this.state.advance({ nowMs })
    for (const event of events) apply(this.state, event)
    this.state.undo.rollBack()
  }

  private take(page: Extract<Logged, { type: 'page' }>): void {
    this.state.advance({ nowMs: page.nowMs })
    for (const event of page.events) {
      apply(this.state, event)
      this.store.apply(event, page.nowMs)
    }
    this.log.push(page)
  }

  private factsOf(command: Command): CommandFacts {
    const binding = command.type === 'allocate' ? undefined : this.store.bindings.get(command.seq)
    const { tenant, pool } = command.type === 'allocate' ? command : (binding ?? { tenant: -1, pool: -1 })
    const request = command.type === 'allocate' || command.type === 'update' ? command.request : undefined
    const calls = command.type === 'report-call' ? this.store.callsOf(command.seq) : undefined
    return { binding, calls, known: request && this.store.known(tenant, pool, request.id) }
  }
}
