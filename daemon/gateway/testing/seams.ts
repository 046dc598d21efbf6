/**
 * Directory and shards in memory, for tests of the gateway alone: they remember
 * and look up as the real ones do, and decide nothing. A shard accepts whatever
 * it is asked, on the number asked for or the first of the pool; what it should
 * answer instead is told to it with `refuseNext` and `faultNext`.
 */
import type { Binding, NumberRef, Party, Seq } from '../../core/binding.js'
import type { AllocateCommand, Command, Outcome, Refusal } from '../../core/commands.js'
import type { NumberRecord, Pool, Tenant } from '../../core/directory.js'
import { afterRelease } from '../../core/events.js'
import { defaults } from '../../core/limits.js'
import type { CallerKey } from '../../core/modes.js'
import { type Reservation, reservationsOf } from '../../core/reservation.js'
import { samplePool, sampleTenant } from '../../core/testing.js'
import type { DirectoryAnswer, DirectoryCommand } from '../../directory/commands.js'
import type { DirectoryClient, DirectoryView } from '../../directory/view.js'
import type { ShardAnswer, ShardClient } from '../../shard/shard-client.js'
import type { ShardReader } from '../../store/shard-reader.js'

export const tenantDemo: Tenant = sampleTenant()
export const poolDemo: Pool = samplePool()

/** Tenants, pools and numbers in maps; `asked` keeps the commands. */
export class MemoryDirectory implements DirectoryView, DirectoryClient {
  readonly tenantRows = new Map<string, Tenant>([['demo', tenantDemo]])
  readonly poolRows = new Map<string, Pool>([['demo', poolDemo]])
  readonly numberRows = new Map<string, NumberRecord>()
  readonly asked: DirectoryCommand[] = []
  refreshes = 0
  answerNext: DirectoryAnswer | undefined
  version = 1

  constructor(numbers: readonly string[]) {
    for (const [ordinal, digits] of numbers.entries()) {
      this.numberRows.set(digits, {
        digits,
        shard: 0,
        ordinal,
        pool: 1,
        area: '',
        state: 'IN_SERVICE',
        stateBefore: 'IN_SERVICE',
        importId: 0,
      })
    }
  }

  refresh(): void {
    this.refreshes += 1
  }

  tenant(id: number): Tenant | undefined {
    return [...this.tenantRows.values()].find((one) => one.id === id)
  }

  tenantByName(name: string): Tenant | undefined {
    return this.tenantRows.get(name)
  }

  pool(id: number): Pool | undefined {
    return [...this.poolRows.values()].find((one) => one.id === id)
  }

  poolByName(name: string): Pool | undefined {
    return this.poolRows.get(name)
  }

  number(digits: string): NumberRecord | undefined {
    return this.numberRows.get(digits)
  }

  tenants(afterName: string, limit: number): Tenant[] {
    return pageOf([...this.tenantRows.values()], afterName, limit)
  }

  pools(afterName: string, limit: number): Pool[] {
    return pageOf([...this.poolRows.values()], afterName, limit)
  }

  numbers(after: string | undefined, limit: number) {
    const rest = [...this.numberRows.values()].filter(({ digits }) => after === undefined || digits > after)
    const numbers = rest.sort((one, other) => (one.digits < other.digits ? -1 : 1)).slice(0, limit)
    return { numbers, next: rest.length > limit ? numbers.at(-1)?.digits : undefined }
  }

  async submit(command: DirectoryCommand): Promise<DirectoryAnswer> {
    this.asked.push(command)
    if (this.answerNext !== undefined) return this.answerNext
    if (command.type === 'create-tenant') {
      const tenant = { ...tenantDemo, id: this.tenantRows.size + 1, name: command.name }
      this.tenantRows.set(command.name, tenant)
      return { ok: true, tenant }
    }
    if (command.type === 'create-pool') {
      const pool = { ...poolDemo, id: this.poolRows.size + 1, name: command.name }
      this.poolRows.set(command.name, pool)
      return { ok: true, pool }
    }
    return { ok: true, tenant: tenantDemo, pool: poolDemo, added: 1, live: 1, changed: 1 }
  }
}

function pageOf<Row extends { readonly name: string }>(rows: readonly Row[], after: string, limit: number): Row[] {
  return rows
    .filter(({ name }) => name > after)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, limit)
}

/** Thrown as the store throws it: the gateway knows it by its name. */
export class CorruptRecord extends Error {
  override readonly name = 'CorruptRecord'
}

/** One shard, both its reader and its client. */
export class MemoryShard implements ShardReader, ShardClient {
  readonly bindings = new Map<Seq, Binding>()
  readonly submitted: Command[] = []
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

  hasExtensions(): boolean {
    return false
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

  async submit(_shard: number, command: Command, deadlineMs: number, signal?: AbortSignal): Promise<ShardAnswer> {
    this.submitted.push(command)
    this.deadlines.push(deadlineMs)
    this.signals.push(signal)
    await this.gate
    if (this.faultNext !== undefined) return this.faultNext
    const outcome: Outcome =
      this.refuseNext === undefined ? this.#obey(command) : { ok: false, refusal: this.refuseNext }
    return { kind: 'decided', outcome, position: this.submitted.length }
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
    const { seq, reason } = { reason: '', ...command }
    const revision = binding.revision + 1
    const freeAtMs = nowMs + binding.terms.cooldownMs
    const next =
      command.type === 'release'
        ? afterRelease(binding, { type: 'released', seq, revision, endMs: nowMs, freeAtMs, reason })
        : { ...binding, revision, endMs: command.endMs ?? binding.endMs }
    this.bindings.set(seq, next)
    return { ok: true, seq, replayed: false }
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
        callback: 'NONE',
        callbackNumber: '',
        callbackWindowMs: defaults.callbackWindowMs,
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
