/**
 * Commands to the shards and their outcomes back, for single calls and batches
 * alike: submit, wait, conclude. What is shown of a binding is what its shard
 * has committed and sends along; where the shard had no need to look at it, as
 * for a request id that it knew, it is read from the store.
 */
import type { Binding } from '../core/binding.js'
import type { BindingPlace } from '../core/binding-id.js'
import type { NumberRule } from '../core/canonical-number.js'
import type { Explanation } from '../core/commands.js'
import type { DirectoryView } from '../directory/view.js'
import type { AllocateRequest, ReleaseRequest, UpdateRequest } from '../generated/xpool/v1/allocation.js'
import type { ReportCallRequest } from '../generated/xpool/v1/resolution.js'
import type { ShardAnswer, ShardClient } from '../shard/shard-client.js'
import type { ShardReader } from '../store/shard-reader.js'
import { readAllocate } from './allocate-request.js'
import { bounds } from './bounds.js'
import { readRelease, readUpdate } from './change-request.js'
import { Failure, faultFailure, refusalFailure } from './failure.js'
import type { PlacedCommand, Surroundings } from './place-command.js'
import { readReport } from './report-request.js'

export interface DeskParts {
  readonly directory: DirectoryView
  readonly shards: readonly ShardReader[]
  readonly shardClient: ShardClient
  readonly clock: { now(): number; readonly jumped: boolean }
  readonly rules: readonly NumberRule[]
}

/** Until when a caller waits, in wall-clock ms as grpc-js gives it, and how it says that it no longer does. */
export interface Patience {
  readonly deadlineMs: number
  readonly signal: AbortSignal
}

/** Answered with the binding. */
export type BoundRequest =
  | { readonly $case: 'allocate'; readonly value: AllocateRequest }
  | { readonly $case: 'release'; readonly value: ReleaseRequest }
  | { readonly $case: 'update'; readonly value: UpdateRequest }

export type Request = BoundRequest | { readonly $case: 'report'; readonly value: ReportCallRequest }

export interface Decided {
  readonly shard: number
  readonly answer: ShardAnswer
}

/** What was acknowledged, and the binding as it stands since. */
export interface Concluded {
  readonly shard: number
  readonly binding: Binding
  readonly replayed: boolean
  /** Of a report: whether it told anything new. */
  readonly recorded: boolean
  /** Sequence number of the page from which on it is durable. */
  readonly page: number
}

/** What an Allocate would come to. */
export interface Explained {
  readonly shard: number
  readonly explanation: Explanation
}

const overloaded = new Failure('OVERLOADED', 'too many commands are waiting', {
  retryAfterMs: bounds.overloadedRetryMs,
})
const clockJumped = new Failure('CLOCK_JUMPED', 'the clock jumped and waits for an operator to confirm it', {
  retryAfterMs: bounds.faultRetryMs,
})
const loading = new Failure('SHARD_RESTARTING', 'the shard is loading its state', {
  retryAfterMs: bounds.faultRetryMs,
})

export class CommandDesk {
  readonly #parts: DeskParts
  readonly #given: Surroundings
  #outstanding = 0

  constructor(parts: DeskParts) {
    this.#parts = parts
    const { directory, rules, shards, clock } = parts
    this.#given = { directory, rules, shards: shards.length, clock, tenantOf: (place) => this.#tenantOf(place) }
  }

  /** Before each call or batch: names and numbers are looked up in the newest directory (I6). */
  begin(): void {
    this.#parts.directory.refresh()
  }

  /**
   * Checks a request and hands its command over within this turn of the event
   * loop, so that those submitted one after the other are decided in that order.
   * @param decided called once, unless a Failure is returned
   */
  submit(request: Request, patience: Patience, decided: (one: Decided) => void): Failure | undefined {
    const placed = this.#read(request)
    if (placed instanceof Failure) return placed
    if (request.$case === 'allocate' && this.#parts.clock.jumped) return clockJumped
    if (this.#outstanding >= bounds.commandsOutstanding) return overloaded
    const { shard, command } = placed
    const { deadlineMs, signal } = patience
    const until = { deadlineMs: this.#processTime(deadlineMs), signal }
    this.#outstanding += 1
    this.#parts.shardClient.submit(shard, command, until, (answer) => {
      this.#outstanding -= 1
      decided({ shard, answer })
    })
    return undefined
  }

  #read(request: Request): PlacedCommand | Failure {
    const given = this.#given
    switch (request.$case) {
      case 'allocate':
        return readAllocate(request.value, given, Math.random())
      case 'release':
        return readRelease(request.value, given)
      case 'update':
        return readUpdate(request.value, given)
      case 'report':
        return readReport(request.value, given)
    }
  }

  #tenantOf({ shard, seq }: BindingPlace): number | undefined {
    const reader = this.#parts.shards[shard]!
    reader.refresh()
    return reader.binding(seq)?.tenant
  }

  /** What an Allocate would come to now; it counts against what is outstanding, and against no quota. */
  async explain(request: AllocateRequest): Promise<Explained | Failure> {
    this.begin()
    const placed = readAllocate(request, this.#given, Math.random())
    if (placed instanceof Failure) return placed
    if (this.#parts.clock.jumped) return clockJumped
    if (this.#outstanding >= bounds.commandsOutstanding) return overloaded
    this.#outstanding += 1
    try {
      const { shard, command } = placed
      const explanation = await this.#parts.shardClient.explain(shard, command)
      return explanation === undefined ? loading : { shard, explanation }
    } finally {
      this.#outstanding -= 1
    }
  }

  /** grpc-js counts deadlines by the wall clock, the shards by the process clock. */
  #processTime(deadlineMs: number): number {
    return deadlineMs === Infinity ? Infinity : this.#parts.clock.now() + (deadlineMs - Date.now())
  }

  /** In a snapshot of now: the acknowledgement may be younger than the last one. */
  #readBack(shard: number, seq: number): Binding | undefined {
    const reader = this.#parts.shards[shard]!
    reader.refresh()
    return reader.binding(seq)
  }

  /** Before concluding what has been decided; returns the `now` of the answers. */
  renew(): number {
    this.#parts.directory.refresh()
    return this.#parts.clock.now()
  }

  /** @throws when the binding that was acknowledged cannot be read back */
  conclude({ shard, answer }: Decided, nowMs: number): Concluded | Failure {
    if (answer.kind === 'fault') return faultFailure(answer)
    const { outcome, position } = answer
    if (!outcome.ok) return refusalFailure(outcome.refusal, nowMs)
    const binding = answer.binding ?? this.#readBack(shard, outcome.seq)
    if (binding === undefined)
      throw new Error(`binding ${outcome.seq} of shard ${shard} was acknowledged and is not there`)
    return {
      shard,
      binding,
      replayed: outcome.replayed,
      recorded: outcome.recorded ?? false,
      page: position,
    }
  }

  /** Submits one request, waits and concludes. */
  async decide<Response>(
    request: Request,
    patience: Patience,
    respond: (end: Concluded, nowMs: number) => Response,
  ): Promise<Response | Failure> {
    this.begin()
    const answer = await new Promise<Decided | Failure>((resolve) => {
      const failure = this.submit(request, patience, resolve)
      if (failure !== undefined) resolve(failure)
    })
    if (answer instanceof Failure) return answer
    const nowMs = this.renew()
    const end = this.conclude(answer, nowMs)
    return end instanceof Failure ? end : respond(end, nowMs)
  }
}
