/** A directory on disk with its writer and a reader of its own, for tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Digits } from '../../daemon/core/binding.js'
import { DirectoryJournal } from '../../daemon/directory/directory-journal.js'
import type { PageReader } from '../../daemon/directory/facts-view.js'
import { type OpenDirectory, openDirectoryView } from '../../daemon/directory/open-view.js'
import { SharedVersion } from '../../daemon/directory/shared-version.js'
import { DirectoryWriter, type DirectoryWriterOptions } from '../../daemon/directory/writer.js'
import { numberPreparer } from '../../daemon/jobs/prepare-numbers.js'
import { emptyRun } from '../../daemon/journal/chain-tip.js'
import { MemoryShardLog } from '../../daemon/journal/memory-shard-log.js'
import type { Page } from '../../daemon/journal/page.js'
import { directoryDatabases } from '../../daemon/store/directory-tables.js'
import { type Environment, openEnvironment } from '../../daemon/store/environment.js'

const mapSizeBytes = 2 ** 32

/** Pages in memory, rows on disk: every failure of a log can be injected. */
export class PagesInMemory implements PageReader {
  readonly log = new MemoryShardLog()
  readonly pages: Page[] = []
  /** The next pages fail from the one on that has this number. */
  failAtPage = Number.POSITIVE_INFINITY

  constructor(environment: Environment) {
    const commit = this.log.commit.bind(this.log)
    this.log.commit = (request, apply) => {
      if (request.expectedSeq >= this.failAtPage) this.log.failNext('unavailable')
      return commit(request, (page) => {
        environment.transaction(() => apply(page))
        this.pages.push(page)
      })
    }
  }

  head(): number {
    return this.pages.length
  }

  pagesAfter(after: number, limit: number): { seq: number; events: Uint8Array[] }[] {
    const pages = this.pages.slice(after, after + limit)
    return pages.map(({ seq, entries }) => ({ seq, events: entries.map(({ event }) => event) }))
  }
}

export interface WriterFixture extends OpenDirectory {
  readonly path: string
  readonly environment: Environment
  readonly pages: PagesInMemory
  readonly writer: DirectoryWriter
  readonly shared: SharedVersion
  /** The clock's time, which a test may move. */
  readonly time: { now: number }
  readonly faults: unknown[]
  close(): Promise<void>
}

export async function openWriter(change: Partial<DirectoryWriterOptions> = {}): Promise<WriterFixture> {
  const path = mkdtempSync(join(tmpdir(), 'xpool-directory-'))
  const environment = openEnvironment(path, { databases: directoryDatabases, mapSizeBytes })
  const pages = new PagesInMemory(environment)
  const shared = new SharedVersion()
  const time = { now: 1_700_000_000_000 }
  const faults: unknown[] = []
  const writer = await DirectoryWriter.open({
    environment,
    journal: await DirectoryJournal.open(pages.log, emptyRun),
    shared,
    shards: 2,
    rules: [],
    clock: () => time.now,
    prepare: numberPreparer(undefined, []),
    occupied: async () => 0,
    onFault: (error) => faults.push(error),
    ...change,
  })
  const close = async () => {
    await writer.close()
    rmSync(path, { recursive: true })
  }
  const opened = openDirectoryView(environment, pages, shared.buffer)
  return { ...opened, path, environment, pages, writer, shared, time, faults, close }
}

/** Every row of the directory, database by database: what two directories that are the same have in common. */
export function allRows(environment: Environment): Map<string, string> {
  environment.refresh()
  const rows = new Map<string, string>()
  for (const name of directoryDatabases) {
    for (const { key, value } of environment.database(name).getRange({})) {
      rows.set(`${name} ${Buffer.from(key).toString('hex')}`, Buffer.from(value).toString('hex'))
    }
  }
  return rows
}

export function numbersFrom(first: number, count: number): Digits[] {
  return Array.from({ length: count }, (_, i) => String(first + i))
}
