/** Reads back the run of pages that no checkpoint page has closed yet. */
import { checkpointBounds, emptyRun, type OpenRun } from '../journal/chain-tip.js'
import { pageHash } from '../journal/page-codec.js'
import type { LogHead } from '../journal/shard-log.js'
import type { JournalTable } from './journal-table.js'

export function openRun(journal: JournalTable, head: LogHead): OpenRun {
  const hashes: Uint8Array[] = []
  let run = emptyRun
  for (let seq = head.seq; seq >= 1 && hashes.length <= checkpointBounds.pages; seq -= 1) {
    const page = journal.page(seq)
    if (page === undefined) break
    hashes.unshift(pageHash(page))
    run = { fromSeq: seq, hashes, sinceMs: page.nowMs }
    if (page.checkpoint !== undefined) break
  }
  return run
}
