/**
 * One batch: every command decided in order at one instant, its events applied
 * at once, so that the next command sees them. Nothing here is durable yet; the
 * loop keeps the batch or undoes it whole.
 */
import { apply } from '../core/apply.js'
import type { Binding, Ordinal, PoolId, Seq, TenantId } from '../core/binding.js'
import { afterReport, type Calls, withoutLast } from '../core/calls.js'
import type { Command, CommandFacts, KnownRequest, Outcome, RefusalReason, RequestKey } from '../core/commands.js'
import { decide } from '../core/decide.js'
import { decideDue, hasDue } from '../core/due.js'
import { afterRelease, type ShardEvent } from '../core/events.js'
import { decideLevels } from '../core/levels.js'
import { limits } from '../core/limits.js'
import type { ShardState } from '../core/state.js'
import type { LoopStore } from './loop-store.js'

/** Refusals that a binding which is due to end could turn: nobody is refused for it before it has ended. */
const dueMayTurn: ReadonlySet<RefusalReason> = new Set<RefusalReason>([
  'POOL_EXHAUSTED',
  'NUMBER_UNAVAILABLE',
  'QUOTA_LIVE_BINDINGS',
  'QUOTA_PER_PARTY',
  'QUOTA_NUMBERS_HELD',
])

export class Batch {
  readonly events: ShardEvent[] = []
  /** Numbers whose rows this batch writes. */
  readonly written = new Set<Ordinal>()
  #dueLeft: number = limits.dueIdsPerPage
  /** What this batch has made of bindings, calls and request ids, which the store does not know yet; bindings it has read, too. */
  readonly #bindings = new Map<Seq, Binding>()
  readonly #calls = new Map<Seq, Calls>()
  readonly #requests = new Map<number, Map<string, KnownRequest>>()

  constructor(
    private readonly state: ShardState,
    private readonly store: Pick<LoopStore, 'binding' | 'calls' | 'request'>,
    readonly nowMs: number,
  ) {}

  /** undefined: ends that are due must be journaled first, and this page has no room for more. */
  run(command: Command): Outcome | undefined {
    for (;;) {
      const { outcome, events } = decide(this.state, command, this.#factsFor(command), this.nowMs)
      if (!outcome.ok && dueMayTurn.has(outcome.refusal.reason) && hasDue(this.state, this.nowMs)) {
        if (!this.runDue()) return undefined
        continue
      }
      for (const event of events) this.add(event)
      return outcome
    }
  }

  /** Ends and frees all that is due, within what is left to this page; false when nothing was. */
  runDue(): boolean {
    const before = this.#dueLeft
    while (this.#dueLeft > 0 && hasDue(this.state, this.nowMs)) {
      for (const event of decideDue(this.state, this.nowMs, this.#dueLeft)) {
        this.add(event)
        if ('seqs' in event) this.#dueLeft -= event.seqs.length
      }
    }
    return this.#dueLeft < before
  }

  /** Call last: what the batch has done to the pools' levels. */
  tellLevels(): void {
    for (const event of decideLevels(this.state)) this.add(event)
  }

  /** The binding as the page leaves it, for those who wait; undefined: the batch had no need to look at it. */
  left(seq: Seq): Binding | undefined {
    return this.#bindings.get(seq)
  }

  add(event: ShardEvent): void {
    apply(this.state, event)
    this.events.push(event)
    this.#remember(event)
  }

  /** The page's events: of several stands of one rate limiter the last says it all. */
  coalesced(): ShardEvent[] {
    const lastRate = new Map<number, ShardEvent>()
    for (const event of this.events) if (event.type === 'rate') lastRate.set(event.tenant, event)
    return this.events.filter((event) => event.type !== 'rate' || lastRate.get(event.tenant) === event)
  }

  #factsFor(command: Command): CommandFacts {
    if (command.type === 'allocate') {
      const known = this.#known(command.tenant, command.pool, command.request)
      return { binding: undefined, calls: undefined, known }
    }
    const binding = this.#binding(command.seq)
    if (command.type === 'report-call') {
      return { binding, calls: binding && this.#callsOf(command.seq), known: undefined }
    }
    const request = command.type === 'update' ? command.request : undefined
    return { binding, calls: undefined, known: binding && this.#known(binding.tenant, binding.pool, request) }
  }

  /** As this batch has left it so far. */
  #binding(seq: Seq): Binding | undefined {
    const known = this.left(seq)
    if (known !== undefined) return known
    const stored = this.store.binding(seq)
    if (stored !== undefined) this.#bindings.set(seq, stored)
    return stored
  }

  #callsOf(seq: Seq): Calls {
    return this.#calls.get(seq) ?? this.store.calls(seq)
  }

  #known(tenant: TenantId, pool: PoolId, request: RequestKey | undefined): KnownRequest | undefined {
    if (request === undefined) return undefined
    const here = this.#requests.get(requestScope(tenant, pool))?.get(request.id)
    return here ?? this.store.request(tenant, pool, request.id, this.nowMs)
  }

  #remember(event: ShardEvent): void {
    if (event.type === 'released') {
      const binding = this.#binding(event.seq)
      if (binding === undefined) return
      this.#bindings.set(event.seq, afterRelease(binding, event))
    }
    if (event.type === 'called') {
      const binding = this.#binding(event.seq)
      if (binding === undefined) return
      this.#calls.set(event.seq, afterReport(this.#callsOf(event.seq), event.report, binding, this.nowMs))
      const { heldUntilMs, freeAtMs } = event
      this.#bindings.set(event.seq, { ...binding, heldUntilMs, freeAtMs })
      this.#write(binding)
    }
    if (event.type !== 'allocated' && event.type !== 'updated') return
    const { binding, request } = event
    this.#forgetCaller(event)
    this.#bindings.set(binding.seq, binding)
    this.#write(binding)
    if (request === undefined) return
    this.#rememberRequest(binding, request)
  }

  #rememberRequest({ seq, tenant, pool }: Binding, { id, fingerprint }: RequestKey): void {
    const scope = requestScope(tenant, pool)
    let ids = this.#requests.get(scope)
    if (ids === undefined) {
      ids = new Map()
      this.#requests.set(scope, ids)
    }
    ids.set(id, { seq, fingerprint })
  }

  /** Another A: whoever called the one before is nobody to call back. */
  #forgetCaller({ type, binding }: Extract<ShardEvent, { type: 'allocated' | 'updated' }>): void {
    if (type === 'allocated' || this.#binding(binding.seq)?.a.number === binding.a.number) return
    this.#calls.set(binding.seq, withoutLast(this.#callsOf(binding.seq)))
  }

  #write(binding: Binding): void {
    this.written.add(binding.x.ordinal)
    if (binding.y !== undefined) this.written.add(binding.y.ordinal)
  }
}

/** Request ids are a tenant's own, pool by pool; ids of pools fit in 16 bits. */
function requestScope(tenant: TenantId, pool: PoolId): number {
  return tenant * (limits.pools + 1) + pool
}
