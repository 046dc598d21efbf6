/** Events of a shard as the bytes that the leaves of its pages hold. */
import type { TenantId } from '../core/binding.js'
import type { RequestKey } from '../core/commands.js'
import type { ShardEvent } from '../core/events.js'
import { type Due, type RequestRow, ShardEvent as Row } from '../generated/xpool/internal/v1/journal.js'
import { fromBindingRow, required, toBindingRow } from './binding-row.js'
import { fromCalledRow, toCalledRow } from './called-row.js'
import { fromReservationRow, toReservationRow } from './reservation-row.js'
import { UnreadableBytes } from './unreadable-bytes.js'

type RowEvent = NonNullable<Row['event']>
type Of<T extends ShardEvent['type']> = Extract<ShardEvent, { type: T }>

export function encodeEvent(event: ShardEvent): Uint8Array {
  return Row.encode({ event: toRow(event) }).finish()
}

/** Throws UnreadableBytes for anything that encodeEvent did not make. */
export function decodeEvent(bytes: Uint8Array): ShardEvent {
  return fromRow(required(decodeRow(bytes).event, 'kind of event'))
}

/** What the generated decoder throws has no class of its own. */
function decodeRow(bytes: Uint8Array): Row {
  try {
    return Row.decode(bytes)
  } catch (error) {
    throw new UnreadableBytes(`not an event: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function toRow(event: ShardEvent): RowEvent {
  switch (event.type) {
    case 'allocated':
      return {
        $case: 'allocated',
        value: {
          binding: toBindingRow(event.binding, false),
          request: toRequestRow(event.request),
          nextExtensionAfter: event.nextExtension === undefined ? 0 : event.nextExtension + 1,
        },
      }
    case 'updated':
      return {
        $case: 'updated',
        value: {
          binding: toBindingRow(event.binding, false),
          removed: event.removed.map(toReservationRow),
          request: toRequestRow(event.request),
        },
      }
    case 'released': {
      const { seq, tenant, revision, endMs, freeAtMs, reason } = event
      return { $case: 'released', value: { seq, tenant, revision, endMs, freeAtMs, reason } }
    }
    case 'ended':
      return { $case: 'ended', value: toDue(event, event.tenants) }
    case 'freed':
      return { $case: 'freed', value: toDue(event, []) }
    case 'expiring':
      return { $case: 'expiring', value: toDue(event, event.tenants) }
    case 'called':
      return { $case: 'called', value: toCalledRow(event) }
    case 'pool-level':
      return { $case: 'poolLevel', value: { pool: event.pool, low: event.low, free: event.free } }
    case 'purged':
      return { $case: 'purged', value: { ordinals: [...event.ordinals], atMs: event.atMs } }
    case 'forgotten':
      return { $case: 'forgotten', value: { fromSeq: event.fromSeq, toSeq: event.toSeq, atMs: event.atMs } }
    case 'requests-dropped':
      return { $case: 'requestsDropped', value: { beforeDay: event.beforeDay, atMs: event.atMs } }
    case 'rate':
      return { $case: 'rate', value: { tenant: event.tenant, theoreticalMs: event.theoreticalMs } }
  }
}

function fromRow(row: RowEvent): ShardEvent {
  switch (row.$case) {
    case 'allocated':
      return {
        type: 'allocated',
        binding: fromBindingRow(required(row.value.binding, 'binding'), undefined),
        request: fromRequestRow(row.value.request),
        nextExtension: row.value.nextExtensionAfter === 0 ? undefined : row.value.nextExtensionAfter - 1,
      }
    case 'updated':
      return {
        type: 'updated',
        binding: fromBindingRow(required(row.value.binding, 'binding'), undefined),
        removed: row.value.removed.map(fromReservationRow),
        request: fromRequestRow(row.value.request),
      }
    case 'released':
      return { type: 'released', ...row.value }
    case 'ended':
      return { type: 'ended', tenants: row.value.tenants, ...fromDue(row.value) }
    case 'freed':
      return { type: 'freed', ...fromDue(row.value) }
    case 'expiring':
      return { type: 'expiring', tenants: row.value.tenants, ...fromDue(row.value) }
    case 'called':
      return fromCalledRow(row.value)
    case 'poolLevel':
      return { type: 'pool-level', ...row.value }
    case 'purged':
      return { type: 'purged', ...row.value }
    case 'forgotten':
      return { type: 'forgotten', ...row.value }
    case 'requestsDropped':
      return { type: 'requests-dropped', ...row.value }
    case 'rate':
      return { type: 'rate', ...row.value }
  }
}

function toDue({ seqs, upTo }: Of<'ended' | 'freed' | 'expiring'>, tenants: readonly TenantId[]): Due {
  return { seqs: [...seqs], upToMs: upTo.ms, upToSeq: upTo.seq, tenants: [...tenants] }
}

function fromDue({ seqs, upToMs, upToSeq }: Due) {
  return { seqs, upTo: { ms: upToMs, seq: upToSeq } }
}

function toRequestRow(request: RequestKey | undefined): RequestRow | undefined {
  return request === undefined ? undefined : { id: request.id, fingerprint: Buffer.from(request.fingerprint, 'latin1') }
}

function fromRequestRow(row: RequestRow | undefined): RequestKey | undefined {
  return row === undefined ? undefined : { id: row.id, fingerprint: row.fingerprint.toString('latin1') }
}
