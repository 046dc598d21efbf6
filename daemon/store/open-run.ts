/** Reads back the run of pages that no checkpoint page has closed yet. */
import { checkpointBounds, emptyRun, type OpenRun } from '../journal/chain-tip.js'
import type { LogHead } from '../journal/shard-log.js'
import type { JournalTable } from './journal-table.js'

export function openRun(journal: JournalTable, head: LogHead): OpenRun {
  const hashes: Uint8Array[] = []
  let run = emptyRun
  for (let seq = head.seq; seq >= 1 && hashes.length <= checkpointBounds.pages; seq -= 1) {
    const page = journal.head(seq)
    if (page === undefined) break
    hashes.push(page.hash)
    run = { fromSeq: seq, hashes, sinceMs: page.nowMs }
    if (page.isCheckpoint) break
  }
  hashes.reverse()
  return run
}
