/**
 * The releases of a page that no other row tells yet. They are one row, behind
 * all that came before, so that a commit writes them in passing; a row goes when
 * all its releases have been told by the rows of their bindings and routes.
 *
 *   key      | page, uint48 BE |
 *   payload  | seq 6 | end ms 6 | free at ms 6 | length 1 | reason, UTF-8 | and so on
 */
import type { Seq } from '../core/binding.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { CorruptRecord } from './record.js'
import { readRow, type Table } from './table.js'
import { readUint48, seqKey, uint48Bytes, writeUint48 } from './uint48.js'

const at = { seq: 0, end: uint48Bytes, freeAt: 2 * uint48Bytes, length: 3 * uint48Bytes } as const
const fixedBytes = at.length + 1

export interface ReleaseEntry {
  readonly seq: Seq
  readonly endMs: number
  readonly freeAtMs: number
  /** At most 255 bytes of UTF-8. */
  readonly reason: string
}

export interface PlacedEntry extends ReleaseEntry {
  /** Byte of the row at which it stands. */
  readonly place: number
}

/** The row's payload, and where in it each entry stands. */
export function encodeReleases(entries: readonly ReleaseEntry[]): { payload: Uint8Array; places: number[] } {
  const reasons = entries.map(({ reason }) => Buffer.from(reason, 'utf8'))
  const payload = new Uint8Array(reasons.reduce((sum, { length }) => sum + fixedBytes + length, 0))
  const places: number[] = []
  let place = 0
  entries.forEach(({ seq, endMs, freeAtMs }, i) => {
    const reason = reasons[i]!
    places.push(place)
    writeUint48(seq, payload, place + at.seq)
    writeUint48(endMs, payload, place + at.end)
    writeUint48(freeAtMs, payload, place + at.freeAt)
    payload[place + at.length] = reason.length
    payload.set(reason, place + fixedBytes)
    place += fixedBytes + reason.length
  })
  return { payload, places }
}

/** Throws UnreadableBytes. */
export function decodeReleases(payload: Uint8Array): PlacedEntry[] {
  const entries: PlacedEntry[] = []
  for (let place = 0; place < payload.length; ) {
    const entry = decodeAt(payload, place)
    entries.push(entry)
    place += fixedBytes + payload[place + at.length]!
  }
  return entries
}

/** Rows that are read in one go. */
const rowsAtOnce = 100

/** Visits all rows, oldest first. Throws CorruptRecord. */
export function eachReleaseRow(release: Table, visit: (page: number, entries: readonly PlacedEntry[]) => void): void {
  for (let from = 0; ; ) {
    const rows = release.rows(seqKey(from), undefined, rowsAtOnce)
    for (const { key, payload } of rows) visit(readUint48(key, 0), readRow(release.name, key, payload, decodeReleases))
    const last = rows.at(-1)
    if (last === undefined || rows.length < rowsAtOnce) return
    from = readUint48(last.key, 0) + 1
  }
}

/** The reason that stands at a place of a page's row. Throws CorruptRecord. */
export function readReason(release: Table, page: number, place: number): string {
  const key = seqKey(page)
  const payload = release.get(key)
  if (payload === undefined) throw new CorruptRecord(release.name, key, 'the row is missing')
  return readRow(release.name, key, payload, (bytes) => decodeAt(bytes, place)).reason
}

function decodeAt(payload: Uint8Array, place: number): PlacedEntry {
  const from = place + fixedBytes
  const length = payload[place + at.length]
  if (length === undefined || from + length > payload.length) throw new UnreadableBytes('a release ends too early')
  return {
    seq: readUint48(payload, place + at.seq),
    endMs: readUint48(payload, place + at.end),
    freeAtMs: readUint48(payload, place + at.freeAt),
    reason: length === 0 ? '' : Buffer.from(payload.subarray(from, from + length)).toString('utf8'),
    place,
  }
}
