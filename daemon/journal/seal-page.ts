/** Makes pages: events and salts in, a page and its hash out. Reads no clock and draws no random number itself. */
import { leafHash, merkleRoot, saltBytes, zeroHash } from './merkle.js'
import type { JournalEntry, Page } from './page.js'
import { pageHash } from './page-codec.js'
import type { LogHead } from './shard-log.js'

/** `count` random bytes, fit for secrets: a salt that can be guessed reveals the event beside a shown one. */
export type Entropy = (count: number) => Uint8Array

export interface PageContent {
  readonly epoch: number
  /** Unix ms; not below that of the page before. */
  readonly nowMs: number
  readonly directoryVersion: number
  /** Encoded events, in order. */
  readonly events: readonly Uint8Array[]
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
  const salts = entropy(content.events.length * saltBytes)
  const entries: JournalEntry[] = content.events.map((event, i) => ({
    salt: salts.subarray(i * saltBytes, (i + 1) * saltBytes),
    event,
  }))
  const page: Page = {
    seq: head.seq + 1,
    epoch: content.epoch,
    nowMs: content.nowMs,
    directoryVersion: content.directoryVersion,
    previousHash: head.hash,
    root: entriesRoot(entries),
    entries,
    checkpoint,
  }
  return { page, hash: pageHash(page) }
}

/** The Merkle root that a page with these entries must name. */
export function entriesRoot(entries: readonly JournalEntry[]): Uint8Array {
  return merkleRoot(entries.map(({ salt, event }) => leafHash(salt, event)))
}
