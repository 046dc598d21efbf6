/** Events of a shard as the bytes that the leaves of its pages hold. */
import { ProtoWriter } from '../bytes/proto-writer.js'
import type { RequestKey } from '../core/commands.js'
import type { ShardEvent } from '../core/events.js'
import { type Due, type RequestRow, ShardEvent as Row } from '../generated/xpool/internal/v1/journal.js'
import { fromBindingRow, required } from './binding-row.js'
import { fromCalledRow } from './called-row.js'
import { fromReservationRow } from './reservation-row.js'
import { UnreadableBytes } from './unreadable-bytes.js'
import { writeEvent } from './write-event.js'

type RowEvent = NonNullable<Row['event']>
const out = new ProtoWriter(4_096)

/** One event by itself; the events of a page are written by page-entries.ts. */
export function encodeEvent(event: ShardEvent): Uint8Array {
  out.clear()
  writeEvent(out, event)
  return out.copied()
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

function fromDue({ seqs, upToMs, upToSeq }: Due) {
  return { seqs, upTo: { ms: upToMs, seq: upToSeq } }
}

function fromRequestRow(row: RequestRow | undefined): RequestKey | undefined {
  return row === undefined ? undefined : { id: row.id, fingerprint: row.fingerprint.toString('latin1') }
}
