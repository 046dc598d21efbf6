/**
 * A page as bytes, version 1. Numbers are big-endian.
 *
 *   header, 94 bytes, or 132 in a checkpoint page
 *   | version 1 | kind 1 | seq 6 | epoch 6 | now ms 6 | directory version 6 | entries 4 (count) |
 *   | previous hash 32 ... | root 32 ... |
 *   | checkpoint alone: from seq 6 | root 32 ... |
 *   each entry
 *   | salt 16 | length 4 | event ... |
 *
 *   page hash = H(0x02, header)
 *
 * The header names the entries by their root, so the hash of a page needs no event.
 */
import assert from 'node:assert'
import { hashBytes, saltBytes, sha256 } from './merkle.js'
import type { JournalEntry, Page } from './page.js'
import { entryHeadBytes, headerBytesMax, type PageEntries } from './page-entries.js'
import { UnreadableBytes } from './unreadable-bytes.js'

const version = 1
const plainKind = 0
const checkpointKind = 1
const pagePrefix = 0x02

const at = { version: 0, kind: 1, seq: 2, epoch: 8, nowMs: 14, directoryVersion: 20, count: 26, previous: 30 } as const
const rootAt = at.previous + hashBytes
const plainHeaderBytes = rootAt + hashBytes
const checkpointHeaderBytes = plainHeaderBytes + 6 + hashBytes
assert(checkpointHeaderBytes === headerBytesMax)

type Header = Omit<Page, 'entries'>

function headerBytes(page: Header): number {
  return page.checkpoint === undefined ? plainHeaderBytes : checkpointHeaderBytes
}

function writeHeader(page: Header, entries: number, out: Buffer, from: number): void {
  out[from + at.version] = version
  out[from + at.kind] = page.checkpoint === undefined ? plainKind : checkpointKind
  out.writeUIntBE(page.seq, from + at.seq, 6)
  out.writeUIntBE(page.epoch, from + at.epoch, 6)
  out.writeUIntBE(page.nowMs, from + at.nowMs, 6)
  out.writeUIntBE(page.directoryVersion, from + at.directoryVersion, 6)
  out.writeUInt32BE(entries, from + at.count)
  out.set(page.previousHash, from + at.previous)
  out.set(page.root, from + rootAt)
  if (page.checkpoint === undefined) return
  out.writeUIntBE(page.checkpoint.fromSeq, from + plainHeaderBytes, 6)
  out.set(page.checkpoint.root, from + plainHeaderBytes + 6)
}

/** The hash that the next page names. It covers the header, and by the root in it every entry. */
export function pageHash(page: Page): Uint8Array {
  const input = Buffer.alloc(1 + headerBytes(page))
  input[0] = pagePrefix
  writeHeader(page, page.entries.length, input, 1)
  return sha256(input)
}

/** Pages that were sealed here, with their bytes: those are not made again. A changed copy of a page is not among them. */
const written = new WeakMap<Page, Buffer>()

/** The page of a header and salted entries, whose memory it takes over, and its hash. */
export function writePage(header: Header, entries: PageEntries): { page: Page; hash: Uint8Array } {
  const size = headerBytes(header)
  const from = headerBytesMax - size
  const { bytes, count } = entries
  writeHeader(header, count, bytes, from)
  const own = bytes.subarray(from)
  let read: readonly JournalEntry[] | undefined
  const page: Page = {
    ...header,
    // Whoever wants single entries reads them from the bytes; the shard's loop never does.
    get entries() {
      read ??= readEntries(own, size, count)
      return read
    },
  }
  written.set(page, own)
  const input = Buffer.allocUnsafe(1 + size)
  input[0] = pagePrefix
  bytes.copy(input, 1, from, headerBytesMax)
  return { page, hash: sha256(input) }
}

/** The bytes of a page. */
export function encodePage(page: Page): Uint8Array {
  const made = written.get(page)
  if (made !== undefined) return made
  let length = headerBytes(page)
  for (const { event } of page.entries) length += entryHeadBytes + event.length
  const out = Buffer.allocUnsafe(length)
  writeHeader(page, page.entries.length, out, 0)
  let to = headerBytes(page)
  for (const { salt, event } of page.entries) {
    out.set(salt, to)
    out.writeUInt32BE(event.length, to + saltBytes)
    out.set(event, to + entryHeadBytes)
    to += entryHeadBytes + event.length
  }
  return out
}

/** What a chain needs of a page: its header alone, however many entries follow. */
export interface PageHead {
  readonly nowMs: number
  readonly isCheckpoint: boolean
  /** As pageHash. */
  readonly hash: Uint8Array
}

/** Throws UnreadableBytes. */
export function decodePageHead(bytes: Uint8Array): PageHead {
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const { kind, header } = headerOf(from)
  const hash = sha256(Buffer.concat([Uint8Array.of(pagePrefix), from.subarray(0, header)]))
  return { nowMs: from.readUIntBE(at.nowMs, 6), isCheckpoint: kind === checkpointKind, hash }
}

function headerOf(from: Buffer): { kind: number; header: number } {
  if (from.length < plainHeaderBytes) throw new UnreadableBytes(`${from.length} bytes are too few for a page`)
  if (from[at.version] !== version) throw new UnreadableBytes(`page of unknown version ${from[at.version]}`)
  const kind = from[at.kind]
  if (kind !== plainKind && kind !== checkpointKind) throw new UnreadableBytes(`page of unknown kind ${kind}`)
  const header = kind === checkpointKind ? checkpointHeaderBytes : plainHeaderBytes
  if (from.length < header) throw new UnreadableBytes(`${from.length} bytes are too few for a checkpoint page`)
  return { kind, header }
}

/** The page of some bytes; its parts are views on them. Throws UnreadableBytes. */
export function decodePage(bytes: Uint8Array): Page {
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const { kind, header } = headerOf(from)
  return {
    seq: from.readUIntBE(at.seq, 6),
    epoch: from.readUIntBE(at.epoch, 6),
    nowMs: from.readUIntBE(at.nowMs, 6),
    directoryVersion: from.readUIntBE(at.directoryVersion, 6),
    previousHash: from.subarray(at.previous, rootAt),
    root: from.subarray(rootAt, plainHeaderBytes),
    entries: readEntries(from, header, from.readUInt32BE(at.count)),
    checkpoint:
      kind === plainKind
        ? undefined
        : {
            fromSeq: from.readUIntBE(plainHeaderBytes, 6),
            root: from.subarray(plainHeaderBytes + 6, checkpointHeaderBytes),
          },
  }
}

function readEntries(from: Buffer, start: number, count: number): JournalEntry[] {
  const entries: JournalEntry[] = []
  let next = start
  for (let i = 0; i < count; i += 1) {
    const eventAt = next + entryHeadBytes
    if (eventAt > from.length) throw new UnreadableBytes(`page ends within entry ${i} of ${count}`)
    const end = eventAt + from.readUInt32BE(next + saltBytes)
    if (end > from.length) throw new UnreadableBytes(`page ends within entry ${i} of ${count}`)
    entries.push({ salt: from.subarray(next, next + saltBytes), event: from.subarray(eventAt, end) })
    next = end
  }
  if (next !== from.length) throw new UnreadableBytes(`${from.length - next} bytes follow the last entry`)
  return entries
}
