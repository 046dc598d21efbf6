/**
 * One history, told to the core and to the model at once. `run` throws at the
 * first answer that the model does not permit.
 */
import assert from 'node:assert'
import type { Binding } from '../../daemon/core/binding.js'
import type { AllocateCommand, Command, ReportCallCommand, RequestKey } from '../../daemon/core/commands.js'
import type { ShardEvent } from '../../daemon/core/events.js'
import { checkInvariants } from '../../daemon/core/invariants.js'
import { limits } from '../../daemon/core/limits.js'
import type { CoreUnderTest, Decided } from './core-under-test.js'
import { allocateOf, reportOf, seqOf, updateOf } from './drawn-commands.js'
import type { Step } from './draws.js'
import { judgeAllocate } from './judge-allocate.js'
import { isPlace, judgeRelease, judgeUpdate } from './judge-change.js'
import { isMoved, judgeReport } from './judge-report.js'
import { heard } from './naive-calls.js'
import { checkCounts } from './naive-counts.js'
import { NaiveRate } from './naive-rate.js'
import { NaiveShard } from './naive-shard.js'
import { checkNothingDue, checkState, checkSwept } from './state-checks.js'
import { beginMs, parties, type World } from './worlds.js'

const dayMs = 86_400_000

export class Trial {
  readonly model = new NaiveShard()
  private readonly rates = new Map<number, NaiveRate>()
  private readonly sent: Command[] = []
  private readonly swept = { ended: [] as number[], freed: [] as number[] }
  private wallMs = beginMs
  private steps = 0
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
      case 'ban':
      case 'unban':
        this.changeBans(step)
        break
      default: {
        if (step.type === 'repeat' && this.sent.length === 0) return
        // The core learns the time only by being asked.
        this.model.tick(this.wallMs)
        const command = this.commandOf(step)
        if (command !== undefined) this.command(command)
      }
    }
    this.steps += 1
    checkState(this.core, this.model, this.steps)
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
        return allocateOf(step, this.model)
      case 'update':
        return updateOf(step, seqOf(step.target, this.model), this.model)
      case 'release':
        return { type: 'release', seq: seqOf(step.target, this.model), tenant: step.asTenant, reason: 'done' }
      case 'report-call':
        return reportOf(step, seqOf(step.target, this.model), this.model)
      case 'repeat':
        return this.sent[step.target % Math.max(1, this.sent.length)]
    }
  }

  /** Goes on with a core that has seen nothing but the journal. */
  rebuild(): void {
    this.core = this.core.replayed()
    this.tellBans()
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

  private changeBans(step: Extract<Step, { type: 'ban' | 'unban' }>): void {
    const caller = parties[step.caller]!
    if (step.type === 'unban') this.model.bans = this.model.bans.filter((ban) => ban.caller !== caller)
    else {
      const sinceMs = this.model.now
      const untilMs = step.forMs === undefined ? undefined : sinceMs + step.forMs
      const callee = step.callee === undefined ? undefined : parties[step.callee]!
      this.model.bans.push({ caller, callee, tenant: step.tenant, untilMs, reason: '', sinceMs })
    }
    this.tellBans()
  }

  private tellBans(): void {
    const { bans } = this.core.store
    bans.splice(0, bans.length, ...this.model.bans)
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
    const calls = events.flatMap((event) => (event.type === 'called' ? [event] : []))
    const known: string[] = ['allocated', 'updated', 'released', 'called', 'ended', 'freed', 'rate', 'purged']
    const others = events.filter((event) => !known.includes(event.type))
    const own = {
      ...{ allocate: made.length, update: changes.length, release: releases.length },
      'report-call': calls.length + releases.length,
    }[command.type]
    const all = made.length + changes.length + releases.length + calls.length
    const most = command.type === 'report-call' ? 2 : 1
    if (own > most || all > own || releases.length > 1 || calls.length > 1) return ['events of another command']
    if (!outcome.ok && own > 0) return ['I5: a refused command changed something']
    if (others.length > 0) return [`unexpected ${others.map((event) => event.type).join()}`]
    switch (command.type) {
      case 'allocate':
        return judgeAllocate(this.model, this.rates.get(command.tenant), command, outcome, made[0])
      case 'update':
        return judgeUpdate(this.model, command, outcome, changes[0])
      case 'release':
        return judgeRelease(this.model, command, outcome, releases[0])
      case 'report-call':
        return judgeReport(this.model, command, outcome, calls[0], releases[0])
    }
  }

  /** The model takes over what was permitted. */
  private note(command: Command, { outcome, events }: Decided): void {
    if (command.type === 'allocate') this.noteRate(command, outcome)
    if (command.type === 'report-call') this.noteReport(command)
    for (const event of events) this.noteEvent(event)
    if (command.type !== 'allocate' || command.extension !== '') return
    for (const event of events) {
      if (event.type !== 'allocated' || event.binding.extension === '') continue
      const { x, extension } = event.binding
      this.model.chosenExtensions.push({ ordinal: x.ordinal, extension })
    }
  }

  private noteReport({ seq, report }: ReportCallCommand): void {
    const binding = this.model.binding(seq)
    const { now } = this.model
    if (binding === undefined || now < binding.startMs || now >= binding.freeAtMs) return
    this.model.calls.set(seq, heard(this.model.callsOf(seq), report, binding, now))
  }

  private noteEvent(event: ShardEvent): void {
    const { now } = this.model
    if (event.type === 'released') this.model.released(event.seq, now, event.freeAtMs, event.reason)
    if (event.type === 'called') {
      const { seq, heldUntilMs, freeAtMs, remnants } = event
      this.model.called(seq, heldUntilMs, freeAtMs, (held) => {
        const moved = remnants.find((one) => isMoved(one, held))
        return moved && { heldUntil: moved.heldUntilMs, freeAt: moved.freeAtMs }
      })
    }
    if (event.type === 'allocated') {
      const { binding, request } = event
      this.model.granted(binding, request && remembered(binding, request, now))
    }
    if (event.type === 'updated') {
      const { binding, removed, request } = event
      this.model.updated(binding, now, (held) => {
        const left = removed.find((one) => isPlace(one, held))?.reservation
        return { heldUntil: left?.heldUntilMs ?? now, freeAt: left?.freeAtMs ?? now }
      })
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
}

function remembered(binding: Binding, request: RequestKey, now: number) {
  const { tenant, pool } = binding
  return { tenant, pool, ...request, untilMs: Math.max(now + dayMs, binding.endMs) }
}
