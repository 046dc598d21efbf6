/** Makes pages: events and salts in, a page and its hash out. Reads no clock and draws no random number itself. */
import { type HashText, leafHash, leafText, merkleRoot, rootOfTexts, saltBytes, zeroHash } from './merkle.js'
import type { JournalEntry, Page } from './page.js'
import { writePage } from './page-codec.js'
import { entriesOfBytes, entryHeadBytes, headerBytesMax, PageEntries, salt } from './page-entries.js'
import type { LogHead } from './shard-log.js'

/** `count` random bytes, fit for secrets: a salt that can be guessed reveals the event beside a shown one. */
export type Entropy = (count: number) => Uint8Array

export interface PageContent {
  readonly epoch: number
  /** Unix ms; not below that of the page before. */
  readonly nowMs: number
  readonly directoryVersion: number
  /** Encoded events, in order; or laid out as entries, which the page then takes over. */
  readonly events: readonly Uint8Array[] | PageEntries
}

export interface SealedPage {
  readonly page: Page
  readonly hash: Uint8Array
}

/** The head of a journal without pages. */
export const emptyHead: LogHead = { seq: 0, hash: zeroHash }

/** The page that follows `head`. */
export function sealPage(
  head: LogHead,
  content: PageContent,
  checkpoint: Page['checkpoint'],
  entropy: Entropy,
): SealedPage {
  const { events } = content
  const entries = events instanceof PageEntries ? events : entriesOfBytes(events)
  salt(entries, entropy(entries.count * saltBytes))
  const header = {
    seq: head.seq + 1,
    epoch: content.epoch,
    nowMs: content.nowMs,
    directoryVersion: content.directoryVersion,
    previousHash: head.hash,
    root: rootOf(entries),
    checkpoint,
  }
  return writePage(header, entries)
}

function rootOf({ bytes, count }: PageEntries): Uint8Array {
  const leaves: HashText[] = []
  let at = headerBytesMax
  for (let i = 0; i < count; i += 1) {
    const from = at + entryHeadBytes
    const to = from + bytes.readUInt32BE(at + saltBytes)
    leaves.push(leafText(bytes, at, from, to))
    at = to
  }
  return rootOfTexts(leaves)
}

/** The Merkle root that a page with these entries must name. */
export function entriesRoot(entries: readonly JournalEntry[]): Uint8Array {
  return merkleRoot(entries.map(({ salt, event }) => leafHash(salt, event)))
}
