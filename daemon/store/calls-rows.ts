/**
 * What is known of a binding's calls: a row of CallsRow (journal.proto) by seq,
 * there from the first report on, as long as the binding's own row.
 *
 *   key  | seq, uint48 BE |
 */
import type { Seq } from '../core/binding.js'
import { type Calls, noCalls } from '../core/calls.js'
import { CallsRow } from '../generated/xpool/internal/v1/journal.js'
import { noBytes, unpackDigits } from '../journal/binding-row.js'
import { packDigits } from '../journal/digit-bytes.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { readRow, type Table } from './table.js'
import { lastSeq, seqKey } from './uint48.js'

/** The payload of a row. */
export function encodeCalls({ open, closed, answered, lastHangUpMs, last }: Calls): Uint8Array {
  return CallsRow.encode({
    open: [...open],
    closed: [...closed],
    answered,
    lastHangUpMs,
    hasLast: last !== undefined,
    lastCaller: last?.caller === undefined ? noBytes : packDigits(last.caller),
    lastAtMs: last?.atMs ?? 0,
  }).finish()
}

/** Throws UnreadableBytes. */
export function decodeCalls(payload: Uint8Array): Calls {
  const { open, closed, answered, lastHangUpMs, hasLast, lastCaller, lastAtMs } = decodeRow(payload)
  const caller = lastCaller.length === 0 ? undefined : unpackDigits(lastCaller)
  return { open, closed, answered, lastHangUpMs, last: hasLast ? { caller, atMs: lastAtMs } : undefined }
}

/** noCalls where none was reported. Throws CorruptRecord. */
export function readCalls(calls: Table, seq: Seq): Calls {
  if (seq > lastSeq) return noCalls
  const key = seqKey(seq)
  const payload = calls.get(key)
  return payload === undefined ? noCalls : readRow(calls.name, key, payload, decodeCalls)
}

/** What the generated decoder throws has no class of its own. */
function decodeRow(bytes: Uint8Array): CallsRow {
  try {
    return CallsRow.decode(bytes)
  } catch (error) {
    throw new UnreadableBytes(`no calls: ${error instanceof Error ? error.message : String(error)}`)
  }
}
