/** The core with the least shell around it that it needs: looks up facts, applies events, keeps the log. */
import { apply } from '../../daemon/core/apply.js'
import type { Command, CommandFacts, Outcome } from '../../daemon/core/commands.js'
import { decide } from '../../daemon/core/decide.js'
import type { DirectoryFact } from '../../daemon/core/directory.js'
import { decideDue } from '../../daemon/core/due.js'
import type { ShardEvent } from '../../daemon/core/events.js'
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
  readonly store = new EventStore()
  private readonly log: Logged[] = []

  adopt(fact: DirectoryFact): void {
    this.state.adopt(fact)
    this.store.adopt(fact)
    this.log.push({ type: 'fact', fact })
  }

  /** @param wallMs a clock that may step back */
  decide(command: Command, wallMs: number): Decided {
    const nowMs = this.state.clamp(wallMs)
    const { outcome, events } = decide(this.state, command, this.factsOf(command), wallMs)
    this.take({ type: 'page', nowMs, events })
    return { outcome, events }
  }

  due(wallMs: number, limit: number): readonly ShardEvent[] {
    const nowMs = this.state.clamp(wallMs)
    const events = decideDue(this.state, wallMs, limit)
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
    const request = command.type === 'release' ? undefined : command.request
    return { binding, known: request && this.store.known(tenant, pool, request.id) }
  }
}
