/**
 * The format marker of an environment, in its database `meta`:
 *
 *   key "format"  ->  | version, uint32 BE | CRC |
 *
 * Data of a version that this program does not know is refused, never guessed at.
 */
import type { BinaryDatabase } from './binary-database.js'
import { openRecord, sealRecord } from './record.js'

export const formatVersion = 3

const formatKey = new TextEncoder().encode('format')

/** The data is of a format version that this program does not read. */
export class UnknownFormat extends Error {
  override readonly name = 'UnknownFormat'

  constructor(directory: string, found: number | 'without a marker') {
    super(
      `${directory} holds data of format ${found}, and this program reads format ${formatVersion}: ` +
        'open it with the release that wrote it, or restore a back-up made by this one',
    )
  }
}

/** False for an environment that has no marker yet. Throws UnknownFormat, CorruptRecord. */
export function requireFormat(meta: BinaryDatabase, directory: string): boolean {
  const record = meta.getBinary(formatKey)
  if (record === undefined) {
    if (meta.getKeysCount({ limit: 1 }) > 0) throw new UnknownFormat(directory, 'without a marker')
    return false
  }
  const payload = openRecord('meta', formatKey, record)
  const found = payload.length === 4 ? new DataView(payload.buffer, payload.byteOffset).getUint32(0) : -1
  if (found !== formatVersion) throw new UnknownFormat(directory, found)
  return true
}

/** Call within a transaction. */
export function markFormat(meta: BinaryDatabase): void {
  const payload = new Uint8Array(4)
  new DataView(payload.buffer).setUint32(0, formatVersion)
  void meta.put(formatKey, sealRecord(formatKey, payload))
}
