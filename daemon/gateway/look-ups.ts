/** The facts of one question at a time, from the directory's view and the shards' stores. */
import type { Digits, Seq, TenantId } from '../core/binding.js'
import type { Calls } from '../core/calls.js'
import type { NumberRecord, Pool, Tenant } from '../core/directory.js'
import type { CallerKey } from '../core/modes.js'
import type { Reservation } from '../core/reservation.js'
import type { ResolveFacts } from '../core/resolve.js'
import type { DirectoryView } from '../directory/view.js'
import type { ShardReader } from '../store/shard-reader.js'

const anyCaller: CallerKey = { kind: 'ANY' }

export class LookUps implements ResolveFacts {
  readonly #directory: DirectoryView
  readonly #shards: readonly ShardReader[]
  /** The dialled number was looked up to know its shard; its record is not read twice. */
  #dialled: Digits | undefined
  #record: NumberRecord | undefined

  constructor(directory: DirectoryView, shards: readonly ShardReader[]) {
    this.#directory = directory
    this.#shards = shards
  }

  renewShardOf(digits: Digits): void {
    this.#record = this.#directory.number(digits)
    this.#dialled = digits
    if (this.#record !== undefined) this.#shards[this.#record.shard]!.refresh()
  }

  forget(): void {
    this.#dialled = undefined
  }

  number(digits: Digits): NumberRecord | undefined {
    return digits === this.#dialled ? this.#record : this.#directory.number(digits)
  }

  pool(id: number): Pool | undefined {
    return this.#directory.pool(id)
  }

  tenant(id: number): Tenant | undefined {
    return this.#directory.tenant(id)
  }

  exact(number: NumberRecord, caller: Digits): readonly Reservation[] {
    return this.#shards[number.shard]!.reservations(number.ordinal, { kind: 'EXACT', party: caller })
  }

  extension(number: NumberRecord, extension: string): readonly Reservation[] {
    return this.#shards[number.shard]!.reservations(number.ordinal, { kind: 'EXTENSION', extension })
  }

  any(number: NumberRecord): readonly Reservation[] {
    return this.#shards[number.shard]!.reservations(number.ordinal, anyCaller)
  }

  hasExtensions(number: NumberRecord, nowMs: number): boolean {
    return this.#shards[number.shard]!.hasExtensions(number.ordinal, nowMs)
  }

  banned(caller: Digits, callee: string, tenant: TenantId, nowMs: number): boolean {
    return this.#directory.banned(caller, callee, tenant, nowMs)
  }

  calls(number: NumberRecord, seq: Seq): Calls {
    return this.#shards[number.shard]!.calls(seq)
  }

  /** It stands in the binding's own row: only a call-back to the last caller asks. */
  callbackWindowMs(number: NumberRecord, seq: Seq): number {
    return this.#shards[number.shard]!.binding(seq)?.terms.callbackWindowMs ?? 0
  }
}
