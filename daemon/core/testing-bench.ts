/** The smallest shell there is, for tests: the core with its store as maps. */
import { apply } from './apply.js'
import type { Binding } from './binding.js'
import { afterReport, type CallPhase, type Calls, noCalls, type WantedReport } from './calls.js'
import type { AllocateCommand, Outcome } from './commands.js'
import { decide } from './decide.js'
import { decideDue, hasDue } from './due.js'
import { afterRelease, type ShardEvent } from './events.js'
import { ShardState } from './state.js'
import { adoptSample, sampleAllocate } from './testing.js'

export const t0 = 1_800_000_000_000

/** One shard at a time of its own, moved by `pass`. */
export class Bench {
  readonly state = new ShardState()
  readonly bindings = new Map<number, Binding>()
  readonly calls = new Map<number, Calls>()
  now = t0

  constructor(numbers: number, change: Parameters<typeof adoptSample>[2] = {}) {
    adoptSample(this.state, numbers, change)
  }

  run(command: Parameters<typeof decide>[1]): Outcome {
    this.pass(0)
    const binding = command.type === 'allocate' ? undefined : this.bindings.get(command.seq)
    const calls = command.type === 'allocate' ? undefined : this.calls.get(command.seq)
    const { outcome, events } = decide(this.state, command, { known: undefined, binding, calls }, this.now)
    for (const event of events) {
      apply(this.state, event)
      if (event.type === 'called') this.#take(event)
      if (event.type === 'allocated' || event.type === 'updated') this.bindings.set(event.binding.seq, event.binding)
      if (event.type === 'released') this.bindings.set(event.seq, afterRelease(this.bindings.get(event.seq)!, event))
    }
    return outcome
  }

  allocate(a: string, b: string, change: Partial<AllocateCommand> = {}): Binding {
    const outcome = this.run(sampleAllocate(a, b, change))
    if (!outcome.ok) throw new Error(outcome.refusal.reason)
    return this.bindings.get(outcome.seq)!
  }

  /** Reports a call as of now; true where it told anything new. */
  report(seq: number, phase: CallPhase, change: Partial<WantedReport> = {}): boolean {
    const report = { callId: 'c1', phase, atMs: undefined, caller: undefined, number: '', answered: false, cause: '' }
    const outcome = this.run({ type: 'report-call', seq, report: { ...report, ...change } })
    return outcome.ok && outcome.recorded === true
  }

  release(seq: number): Outcome {
    return this.run({ type: 'release', seq, tenant: undefined, reason: '' })
  }

  #take({ seq, report, heldUntilMs, freeAtMs }: Extract<ShardEvent, { type: 'called' }>): void {
    const binding = this.bindings.get(seq)!
    this.calls.set(seq, afterReport(this.calls.get(seq) ?? noCalls, report, binding, this.now))
    this.bindings.set(seq, { ...binding, heldUntilMs, freeAtMs })
  }

  pass(ms: number): void {
    this.now += ms
    this.state.advance({ nowMs: this.state.clamp(this.now) })
    while (hasDue(this.state, this.now)) for (const event of decideDue(this.state, this.now)) apply(this.state, event)
  }
}

export function reason(outcome: Outcome): string {
  return outcome.ok ? 'OK' : outcome.refusal.reason
}
