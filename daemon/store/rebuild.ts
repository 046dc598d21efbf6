/** Makes the rows of an environment anew from the journal of another: same keys, same values, byte for byte. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { decodeEvent } from '../journal/event-codec.js'
import type { Page } from '../journal/page.js'
import { pageHash } from '../journal/page-codec.js'
import { emptyHead, entriesRoot } from '../journal/seal-page.js'
import type { LogHead } from '../journal/shard-log.js'
import type { Environment } from './environment.js'
import { JournalTable } from './journal-table.js'
import { appendPage } from './lmdb-shard-log.js'
import { LmdbTable, shardTables } from './lmdb-table.js'
import { readHead } from './meta-rows.js'
import { type OpenReleases, PageReleases } from './page-releases.js'
import { applyPage } from './projection.js'
import { CorruptRecord } from './record.js'
import { ReleaseBoard, releaseBoardMemory } from './release-board.js'
import { readRow } from './table.js'
import { seqKey } from './uint48.js'
import { UntoldReleases } from './untold-releases.js'

/** Pages, and events, of one transaction: huge ones leave a free list that slows every later commit. */
const bounds = { pages: 64, events: 4_096 } as const

export interface RebuildProgress {
  readonly pages: number
  readonly ofPages: number
}

/** Turns pages into rows of an environment; what it returns runs within the transaction that adds the page. */
export type Projection = (target: Environment) => (page: Page) => void

/** The rows of a shard. */
export const shardRows: Projection = (target) => {
  const tables = shardTables(target)
  const untold = new UntoldReleases(tables.release, new ReleaseBoard(releaseBoardMemory()))
  const open: OpenReleases = new Map()
  return (page) => {
    const releases = new PageReleases(untold, open)
    applyPage(tables, page, eventsOf(page), { releases })
    releases.publish(page.seq)
  }
}

/**
 * @param target an environment without pages
 * @returns the head that both have at the end
 * Throws CorruptRecord, with its place, when a page is unreadable or does not follow the one before.
 */
export async function rebuild(
  source: Environment,
  target: Environment,
  projection: Projection = shardRows,
  onProgress: (progress: RebuildProgress) => void = () => {},
): Promise<LogHead> {
  const from = new JournalTable(source)
  const into = { journal: new JournalTable(target), meta: new LmdbTable('meta', target.database('meta')) }
  const project = projection(target)
  if (readHead(into.meta).seq !== 0) throw new Error(`${target.directory} has pages already`)
  source.refresh()
  const end = readHead(new LmdbTable('meta', source.database('meta')))
  let head = emptyHead
  while (head.seq < end.seq) {
    source.refresh()
    const pages = nextPages(from, head, end.seq)
    target.transaction(() => {
      for (const { page, hash } of pages) {
        appendPage(into.journal, into.meta, page, hash)
        project(page)
      }
    })
    const last = pages.at(-1)!
    head = { seq: last.page.seq, hash: last.hash }
    onProgress({ pages: head.seq, ofPages: end.seq })
    await nextTurn()
  }
  if (Buffer.compare(head.hash, end.hash) !== 0) throw damaged(end.seq, 'its hash is not the one that meta has')
  return head
}

interface Hashed {
  readonly page: Page
  readonly hash: Uint8Array
}

function nextPages(journal: JournalTable, head: LogHead, endSeq: number): Hashed[] {
  const pages: Hashed[] = []
  let before = head
  let events = 0
  while (before.seq < endSeq && pages.length < bounds.pages && events < bounds.events) {
    const seq = before.seq + 1
    const page = journal.page(seq)
    if (page === undefined) throw damaged(seq, 'the page is missing')
    if (page.seq !== seq) throw damaged(seq, `page ${page.seq} stands in its place`)
    if (Buffer.compare(page.previousHash, before.hash) !== 0) throw damaged(seq, 'it does not follow the page before')
    if (Buffer.compare(entriesRoot(page.entries), page.root) !== 0) throw damaged(seq, 'its entries were changed')
    const hash = pageHash(page)
    pages.push({ page, hash })
    events += page.entries.length
    before = { seq, hash }
  }
  return pages
}

function eventsOf(page: Page) {
  const key = seqKey(page.seq)
  return page.entries.map(({ event }) => readRow('journal', key, event, decodeEvent))
}

function damaged(seq: number, what: string): CorruptRecord {
  return new CorruptRecord('journal', seqKey(seq), `page ${seq}: ${what}`)
}
