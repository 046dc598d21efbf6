/**
 * One history, told to the core and to the model at once. `run` throws at the
 * first answer that the model does not permit.
 */
import assert from 'node:assert'
import { createHash } from 'node:crypto'
import type { Binding, NumberRef, Party } from '../../daemon/core/binding.js'
import type { AllocateCommand, Command, RequestKey, UpdateCommand, WantedTerms } from '../../daemon/core/commands.js'
import type { ShardEvent } from '../../daemon/core/events.js'
import { checkInvariants } from '../../daemon/core/invariants.js'
import { limits } from '../../daemon/core/limits.js'
import type { CoreUnderTest, Decided } from './core-under-test.js'
import { judgeAllocate } from './judge-allocate.js'
import { isPlace, judgeRelease, judgeUpdate } from './judge-change.js'
import { checkCounts } from './naive-counts.js'
import { NaiveRate } from './naive-rate.js'
import { NaiveShard } from './naive-shard.js'
import { checkNothingDue, checkState, checkSwept } from './state-checks.js'
import {
  type AllocateDraw,
  beginMs,
  parties,
  type Step,
  type UpdateDraw,
  type WantedDraw,
  type World,
} from './worlds.js'

const dayMs = 86_400_000

export class Trial {
  readonly model = new NaiveShard()
  private readonly rates = new Map<number, NaiveRate>()
  private readonly sent: Command[] = []
  private readonly swept = { ended: [] as number[], freed: [] as number[] }
  private wallMs = beginMs
  /** What was decided, for comparing two runs of one history. */
  readonly answers: Decided[] = []
  /** Every event, sweeps included. */
  readonly events: ShardEvent[] = []

  constructor(
    private core: CoreUnderTest,
    readonly world: World,
  ) {
    for (const tenant of world.tenants) {
      this.adopt({ type: 'tenant', tenant })
      if (tenant.quotas.allocationsPerSecond !== undefined) {
        this.rates.set(tenant.id, new NaiveRate(tenant.quotas))
      }
    }
    for (const pool of world.pools) this.adopt({ type: 'pool', pool })
    for (const numbers of world.numbers) this.adopt(numbers)
  }

  run(step: Step): void {
    switch (step.type) {
      case 'clock':
        this.wallMs += step.by
        break
      case 'due':
        this.model.tick(this.wallMs)
        this.sweep(step.limit)
        break
      case 'number-state': {
        const number = this.model.numbers[step.number % this.model.numbers.length]!
        this.adopt({ type: 'number-state', ordinals: [number.ordinal], state: step.state })
        break
      }
      case 'tenant':
      case 'quota':
        this.changeTenant(step)
        break
      default: {
        if (step.type === 'repeat' && this.sent.length === 0) return
        // The core learns the time only by being asked.
        this.model.tick(this.wallMs)
        const command = this.commandOf(step)
        if (command !== undefined) this.command(command)
      }
    }
    checkState(this.core, this.model)
  }

  /** One page of what is due; with the full page, page after page until nothing is. */
  private sweep(limit: number): void {
    const toTheEnd = limit === limits.dueIdsPerPage
    for (;;) {
      const events = this.core.due(this.wallMs, limit)
      checkSwept(this.model, this.swept, events)
      this.events.push(...events)
      if (!toTheEnd) return
      if (events.length === 0) break
    }
    checkNothingDue(this.model, this.swept)
    checkCounts(this.core, this.model)
    checkInvariants(this.core.state)
  }

  private commandOf(step: Extract<Step, { type: Command['type'] | 'repeat' }>): Command | undefined {
    switch (step.type) {
      case 'allocate':
        return this.allocateOf(step)
      case 'update':
        return this.updateOf(step)
      case 'release':
        return { type: 'release', seq: this.seqOf(step.target), tenant: step.asTenant, reason: 'done' }
      case 'repeat':
        return this.sent[step.target % Math.max(1, this.sent.length)]
    }
  }

  /** Goes on with a core that has seen nothing but the journal. */
  rebuild(): void {
    this.core = this.core.replayed()
  }

  /** Goes on with a core restored from its store's rows: how long free numbers have rested is forgotten. */
  restore(): void {
    this.core = this.core.restored()
    for (const number of this.model.numbers) number.interrupted = true
  }

  private adopt(fact: Parameters<NaiveShard['adopt']>[0]): void {
    this.core.adopt(fact)
    this.model.adopt(fact)
  }

  private changeTenant(step: Extract<Step, { type: 'tenant' | 'quota' }>): void {
    const tenant = this.model.tenants.get(step.tenant)!
    const quotas = step.type === 'quota' ? { ...tenant.quotas, liveBindings: step.live } : tenant.quotas
    const qualification = step.type === 'tenant' ? step.qualification : tenant.qualification
    this.adopt({ type: 'tenant', tenant: { ...tenant, quotas, qualification } })
  }

  private command(command: Command): void {
    if (command.type !== 'release') this.sent.push(command)
    // "What is due to end is ended before anybody is refused for it."
    this.sweep(limits.dueIdsPerPage)
    const decided = this.core.decide(command, this.wallMs)
    this.answers.push(decided)
    this.events.push(...decided.events)
    checkSwept(this.model, this.swept, decided.events)
    const complaints = this.judge(command, decided)
    assert.deepEqual(complaints, [], `${JSON.stringify(command)} -> ${JSON.stringify(decided)}`)
    this.note(command, decided)
  }

  private judge(command: Command, { outcome, events }: Decided): string[] {
    const made = events.flatMap((event) => (event.type === 'allocated' ? [event.binding] : []))
    const changes = events.flatMap((event) => (event.type === 'updated' ? [event] : []))
    const releases = events.flatMap((event) => (event.type === 'released' ? [event] : []))
    const known: string[] = ['allocated', 'updated', 'released', 'ended', 'freed', 'rate', 'purged']
    const others = events.filter((event) => !known.includes(event.type))
    const own = { allocate: made, update: changes, release: releases }[command.type].length
    if (own > 1 || made.length + changes.length + releases.length > own) return ['events of another command']
    if (!outcome.ok && own > 0) return ['I5: a refused command changed something']
    if (others.length > 0) return [`unexpected ${others.map((event) => event.type).join()}`]
    switch (command.type) {
      case 'allocate':
        return judgeAllocate(this.model, this.rates.get(command.tenant), command, outcome, made[0])
      case 'update':
        return judgeUpdate(this.model, command, outcome, changes[0])
      case 'release':
        return judgeRelease(this.model, command, outcome, releases[0])
    }
  }

  /** The model takes over what was permitted. */
  private note(command: Command, { outcome, events }: Decided): void {
    if (command.type === 'allocate') this.noteRate(command, outcome)
    for (const event of events) this.noteEvent(event)
  }

  private noteEvent(event: ShardEvent): void {
    const { now } = this.model
    if (event.type === 'released') this.model.released(event.seq, now, event.freeAtMs, event.reason)
    if (event.type === 'allocated') {
      const { binding, request } = event
      this.model.granted(binding, request && remembered(binding, request, now))
    }
    if (event.type === 'updated') {
      const { binding, removed, request } = event
      const freeAt = (held: Parameters<typeof isPlace>[1]) =>
        removed.find((one) => isPlace(one, held))?.reservation.freeAtMs ?? now
      this.model.updated(binding, now, freeAt)
      if (request !== undefined) this.model.remember({ ...remembered(binding, request, now), seq: binding.seq })
    }
  }

  private noteRate(command: AllocateCommand, outcome: Decided['outcome']): void {
    const rate = this.rates.get(command.tenant)
    if (rate === undefined || (outcome.ok && outcome.replayed)) return
    const reason = outcome.ok ? undefined : outcome.refusal.reason
    const late = reason === 'POOL_EXHAUSTED' || reason === 'NUMBER_UNAVAILABLE' || reason === 'QUOTA_NUMBERS_HELD'
    const refused = reason === 'QUOTA_RATE' ? 'rate-refused' : late ? 'refused-late' : 'refused-early'
    rate.saw(this.model.now, reason === undefined ? 'granted' : refused)
  }

  private seqOf(target: number): number {
    const { bindings } = this.model
    // Mostly one of the latest, which may still live.
    const among = Math.max(1, target < 24 ? Math.min(4, bindings.length) : bindings.length)
    return bindings.at(-1 - (target % among))?.seq ?? 999
  }

  private allocateOf(draw: AllocateDraw): AllocateCommand {
    const at = (offset: number | undefined) => (offset === undefined ? undefined : this.model.now + offset)
    const pool = this.model.numbers.filter((number) => number.pool === draw.pool)
    const pick = (index: number | undefined): NumberRef | undefined => {
      const found = index === undefined ? undefined : pool[index % Math.max(1, pool.length)]
      return found && { ordinal: found.ordinal, digits: found.digits }
    }
    const x = pick(draw.x)
    const y = draw.mode === 'AXYB' && pool.length > 1 ? pick(draw.y) : undefined
    const { expiry, mode, tenant, selection, orderId } = draw
    const command: AllocateCommand = {
      ...({ type: 'allocate', tenant, pool: draw.pool, mode, selection, orderId } as const),
      ...{ a: party(draw.a, draw.verified), b: party((draw.a + draw.b) % parties.length, draw.verified), members: [] },
      ...{ x, y: y?.ordinal === x?.ordinal ? undefined : y },
      ...{
        areas: draw.areas,
        areaStrict: draw.areaStrict,
        startMs: at(draw.startIn),
      },
      endMs: expiry && 'endIn' in expiry ? at(expiry.endIn) : undefined,
      ttlMs: expiry && 'ttl' in expiry ? expiry.ttl : undefined,
      ...{ wanted: wantedOf(draw.wanted), extension: '', userData: new Uint8Array(), draw: draw.draw },
      request: undefined,
    }
    return { ...command, request: requestOf(draw.requestId, { ...command, draw: 0 }) }
  }

  private updateOf(draw: UpdateDraw): UpdateCommand {
    const seq = this.seqOf(draw.target)
    const revision = this.model.binding(seq)?.revision ?? 1
    const command: UpdateCommand = {
      ...({ type: 'update', seq, tenant: draw.asTenant, members: [] } as const),
      expectedRevision: { none: undefined, right: revision, wrong: revision + 1 }[draw.expected],
      endMs: draw.endIn === undefined ? undefined : this.model.now + draw.endIn,
      a: draw.a === undefined ? undefined : party(draw.a, draw.verified),
      b: draw.b === undefined ? undefined : party(draw.b, draw.verified),
      ...{ wanted: wantedOf(draw.wanted), orderId: undefined, userData: undefined, request: undefined },
    }
    return { ...command, request: requestOf(draw.requestId, command) }
  }
}

function remembered(binding: Binding, request: RequestKey, now: number) {
  const { tenant, pool } = binding
  return { tenant, pool, ...request, untilMs: Math.max(now + dayMs, binding.endMs) }
}

function party(index: number, verified: boolean): Party {
  return { number: parties[index]!, verificationRef: verified ? 'seen' : '' }
}

function requestOf(id: string | undefined, command: object): RequestKey | undefined {
  if (id === undefined) return undefined
  const fingerprint = createHash('sha256').update(JSON.stringify(command)).digest().toString('latin1')
  return { id, fingerprint }
}

function wantedOf(draw: WantedDraw): WantedTerms {
  return {
    ...draw,
    ...{ maxCalls: undefined, releaseOnHangup: undefined, record: undefined },
    ...{ callback: undefined, callbackNumber: undefined, callbackWindowMs: undefined },
  }
}
