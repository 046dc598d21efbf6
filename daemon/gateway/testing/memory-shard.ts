/**
 * A shard in memory, for tests of the gateway alone: it remembers and looks up
 * as the real one does, and decides nothing. It accepts whatever it is asked, on the number asked for or the first of the pool; what it should
 * answer instead is told to it with `refuseNext` and `faultNext`.
 */
import type { Binding, NumberRef, Party, Seq } from '../../core/binding.js'
import { afterReport, type Calls, heldUntil, noCalls } from '../../core/calls.js'
import type {
  AllocateCommand,
  Command,
  Explanation,
  Outcome,
  Refusal,
  ReleaseCommand,
  ReportCallCommand,
  UpdateCommand,
} from '../../core/commands.js'
import { afterRelease } from '../../core/events.js'
import { defaults } from '../../core/limits.js'
import type { CallerKey } from '../../core/modes.js'
import { type Reservation, reservationsOf } from '../../core/reservation.js'
import type { Patience, ShardAnswer, ShardClient } from '../../shard/shard-client.js'
import type { ShardReader } from '../../store/shard-reader.js'
import { type RowStanding, standingAmong } from '../../store/standing-reader.js'
import type { MemoryDirectory } from './memory-directory.js'

/** Thrown as the store throws it: the gateway knows it by its name. */
export class CorruptRecord extends Error {
  override readonly name = 'CorruptRecord'
}

/** One shard, both its reader and its client. */
export class MemoryShard implements ShardReader, ShardClient {
  readonly bindings = new Map<Seq, Binding>()
  readonly callRows = new Map<Seq, Calls>()
  readonly submitted: Command[] = []
  readonly explained: AllocateCommand[] = []
  /** What explain answers; undefined: the shard is loading. */
  explanation: Explanation | undefined
  readonly deadlines: number[] = []
  readonly signals: (AbortSignal | undefined)[] = []
  refreshes = 0
  /** Reads of this number throw. */
  corruptOrdinal = -1
  refuseNext: Refusal | undefined
  faultNext: Extract<ShardAnswer, { kind: 'fault' }> | undefined
  /** While set, answers wait for it. */
  gate: Promise<void> | undefined

  constructor(
    readonly directory: MemoryDirectory,
    readonly now: () => number,
  ) {}

  refresh(): void {
    this.refreshes += 1
  }

  reservations(ordinal: number, key: CallerKey): readonly Reservation[] {
    if (ordinal === this.corruptOrdinal) throw new CorruptRecord(`corrupt record of ${JSON.stringify(key)}`)
    const wanted = JSON.stringify(key)
    return [...this.bindings.values()]
      .flatMap(reservationsOf)
      .filter(({ route }) => route.on.ordinal === ordinal && JSON.stringify(route.key) === wanted)
      .map(({ reservation }) => reservation)
      .sort((one, other) => one.startMs - other.startMs)
  }

  speaking(
    ordinal: number,
    kind: CallerKey['kind'],
    text: Uint8Array,
    from: number,
    to: number,
    nowMs: number,
  ): RowStanding | undefined {
    const digits = Buffer.from(text.subarray(from, to)).toString('latin1')
    const key = { EXACT: { kind, party: digits }, EXTENSION: { kind, extension: digits }, ANY: { kind } }[kind]
    const byStart = this.reservations(ordinal, key as CallerKey)
    return standingAmong(byStart, nowMs)
  }

  hasExtensions(ordinal: number, nowMs: number): boolean {
    return [...this.bindings.values()].some(
      ({ mode, x, freeAtMs }) => mode === 'AXE' && x.ordinal === ordinal && nowMs < freeAtMs,
    )
  }

  calls(seq: Seq): Calls {
    return this.callRows.get(seq) ?? noCalls
  }

  userData(seq: Seq): Uint8Array {
    return this.bindings.get(seq)!.userData
  }

  binding(seq: Seq): Binding | undefined {
    return this.bindings.get(seq)
  }

  bindingsBefore(beforeSeq: Seq, limit: number): Binding[] {
    const older = [...this.bindings.values()].filter(({ seq }) => seq < beforeSeq)
    return older.sort((one, other) => other.seq - one.seq).slice(0, limit)
  }

  occupancy(ordinal: number, nowMs: number) {
    const on = [...this.bindings.values()].filter((one) => one.x.ordinal === ordinal)
    const live = on.filter(({ endMs }) => nowMs < endMs).length
    return { live, cooling: on.length - live }
  }

  async close(): Promise<void> {}

  submit(shard: number, command: Command, patience: Patience, answered: (answer: ShardAnswer) => void): void {
    void this.#answer(shard, command, patience).then(answered)
  }

  async #answer(_shard: number, command: Command, { deadlineMs, signal }: Patience): Promise<ShardAnswer> {
    this.submitted.push(command)
    this.deadlines.push(deadlineMs)
    this.signals.push(signal)
    await this.gate
    if (this.faultNext !== undefined) return this.faultNext
    const outcome: Outcome =
      this.refuseNext === undefined ? this.#obey(command) : { ok: false, refusal: this.refuseNext }
    return { kind: 'decided', outcome, position: this.submitted.length }
  }

  async explain(_shard: number, command: AllocateCommand): Promise<Explanation | undefined> {
    this.explained.push(command)
    return this.explanation
  }

  async counts() {
    const counts = { numbers: 2, freeNumbers: 1, inUseNumbers: 1, coolingNumbers: 0, outOfServiceNumbers: 0 }
    return {
      pools: [{ pool: 1, ...counts, liveBindings: 1, coolingBindings: 0, capacity: 2_000 }],
      tenants: [{ tenant: 1, liveBindings: 1, numbersHeld: 1 }],
    }
  }

  #obey(command: Command): Outcome {
    const nowMs = this.now()
    if (command.type === 'allocate') {
      const binding = this.#made(command, nowMs)
      this.bindings.set(binding.seq, binding)
      return { ok: true, seq: binding.seq, replayed: false }
    }
    const binding = this.bindings.get(command.seq)
    if (binding === undefined) {
      return { ok: false, refusal: { reason: 'BINDING_NOT_FOUND', message: 'no such binding', field: 'binding_id' } }
    }
    switch (command.type) {
      case 'release':
        return this.#release(command, binding, nowMs)
      case 'update':
        return this.#update(command, binding)
      case 'report-call':
        return this.#report(command, binding, nowMs)
    }
  }

  #release({ seq, reason }: ReleaseCommand, binding: Binding, nowMs: number): Outcome {
    const { tenant, terms } = binding
    const revision = binding.revision + 1
    const freeAtMs = nowMs + terms.cooldownMs
    const event = { type: 'released', seq, tenant, revision, endMs: nowMs, freeAtMs, reason } as const
    this.bindings.set(seq, afterRelease(binding, event))
    return { ok: true, seq, replayed: false }
  }

  #update({ seq, endMs }: UpdateCommand, binding: Binding): Outcome {
    this.bindings.set(seq, { ...binding, revision: binding.revision + 1, endMs: endMs ?? binding.endMs })
    return { ok: true, seq, replayed: false }
  }

  #report({ seq, report }: ReportCallCommand, binding: Binding, nowMs: number): Outcome {
    const before = this.calls(seq)
    const after = afterReport(before, { ...report, atMs: report.atMs ?? nowMs }, binding, nowMs)
    const heldUntilMs = heldUntil(after)
    const freeAtMs = Math.max(binding.endMs, heldUntilMs) + binding.terms.cooldownMs
    this.callRows.set(seq, after)
    this.bindings.set(seq, { ...binding, heldUntilMs, freeAtMs })
    return { ok: true, seq, replayed: false, recorded: after !== before }
  }

  #made(command: AllocateCommand, nowMs: number): Binding {
    const startMs = command.startMs ?? nowMs
    const endMs = command.endMs ?? startMs + (command.ttlMs ?? 1)
    const { wanted } = command
    const cooldownMs = wanted.cooldownMs ?? defaults.cooldownMs
    const bound = (party: Party) => ({ ...party, sinceMs: startMs })
    return {
      ...command,
      a: bound(command.a),
      b: command.b && bound(command.b),
      members: command.members.map(bound),
      firstParties: [],
      seq: this.bindings.size + 1,
      revision: 1,
      x: command.x ?? this.#first(),
      createdMs: nowMs,
      startMs,
      endMs,
      heldUntilMs: 0,
      freeAtMs: endMs + cooldownMs,
      released: false,
      releaseReason: '',
      terms: {
        graceMs: wanted.graceMs ?? 0,
        graceDirection: wanted.graceDirection ?? 'BOTH',
        cooldownMs,
        direction: wanted.direction ?? 'BOTH',
        media: wanted.media.length === 0 ? ['VOICE', 'SMS'] : wanted.media,
        maxCallMs: wanted.maxCallMs ?? defaults.maxCallMs,
        maxCalls: wanted.maxCalls ?? 0,
        releaseOnHangup: wanted.releaseOnHangup ?? false,
        record: wanted.record ?? false,
        callback: wanted.callback ?? 'NONE',
        callbackNumber: wanted.callbackNumber ?? '',
        callbackWindowMs: wanted.callbackWindowMs ?? defaults.callbackWindowMs,
      },
      area: '',
      requestId: command.request?.id ?? '',
    }
  }

  #first(): NumberRef {
    const [record] = this.directory.numberRows.values()
    return { ordinal: record!.ordinal, digits: record!.digits }
  }
}
