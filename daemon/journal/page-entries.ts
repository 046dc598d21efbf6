/**
 * The entries of a page in the making: events written one behind the other into
 * the memory that becomes the page, with room for what is only known at sealing.
 *
 *   | room for the header | salt 16, blank | length 4 | event ... | salt 16, blank | length 4 | ...
 *
 * One allocation a page, and no object for an event: beside a commit of 128
 * commands those cost more than the hashing.
 */
import { ProtoWriter } from '../bytes/proto-writer.js'
import type { ShardEvent } from '../core/events.js'
import { saltBytes } from './merkle.js'
import { writeEvent } from './write-event.js'

/** The longest header: that of a checkpoint page (page-codec.ts). */
export const headerBytesMax = 132
export const entryHeadBytes = saltBytes + 4

/** Memory for one page after the other; a page of a thousand allocations takes a quarter of a megabyte. */
const out = new ProtoWriter(65_536)

/** Entries of one page; sealing it takes their memory over. */
export class PageEntries {
  /** Room for the header, then the entries; the memory is the page's alone. */
  readonly bytes: Buffer
  readonly count: number

  constructor(bytes: Buffer, count: number) {
    this.bytes = bytes
    this.count = count
  }

  /** Bytes of the events themselves. */
  get eventBytes(): number {
    return this.bytes.length - headerBytesMax - this.count * entryHeadBytes
  }
}

/** Events of a shard as entries. */
export function entriesOfEvents(events: readonly ShardEvent[]): PageEntries {
  begin()
  for (const event of events) {
    const at = out.skip(entryHeadBytes)
    writeEvent(out, event)
    out.bytes.writeUInt32BE(out.length - at - entryHeadBytes, at + saltBytes)
  }
  return new PageEntries(out.copied(), events.length)
}

/** The same for events that are bytes already. */
export function entriesOfBytes(events: readonly Uint8Array[]): PageEntries {
  begin()
  for (const event of events) {
    const at = out.skip(entryHeadBytes + event.length)
    out.bytes.writeUInt32BE(event.length, at + saltBytes)
    out.bytes.set(event, at + entryHeadBytes)
  }
  return new PageEntries(out.copied(), events.length)
}

function begin(): void {
  out.clear()
  out.skip(headerBytesMax)
}

/** Puts salts into their places; a page is salted once. @param salts `saltBytes` for each entry */
export function salt({ bytes, count }: PageEntries, salts: Uint8Array): void {
  let at = headerBytesMax
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j < saltBytes; j += 1) bytes[at + j] = salts[i * saltBytes + j]!
    at += entryHeadBytes + bytes.readUInt32BE(at + saltBytes)
  }
}
