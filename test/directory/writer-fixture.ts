/** A directory on disk with its writer and a reader of its own, for tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Digits } from '../../daemon/core/binding.js'
import { DirectoryJournal } from '../../daemon/directory/directory-journal.js'
import { type OpenDirectory, openDirectoryView } from '../../daemon/directory/open-view.js'
import { SharedVersion } from '../../daemon/directory/shared-version.js'
import { DirectoryWriter, type DirectoryWriterOptions } from '../../daemon/directory/writer.js'
import { numberPreparer } from '../../daemon/jobs/prepare-numbers.js'
import { emptyRun } from '../../daemon/journal/chain-tip.js'
import type { Page } from '../../daemon/journal/page.js'
import { type CommitAnswer, type CommitRequest, StorageUnavailable } from '../../daemon/journal/shard-log.js'
import { openDirectoryEnvironment } from '../../daemon/store/directory-environment.js'
import { DirectoryPages } from '../../daemon/store/directory-pages.js'
import { directoryDatabases } from '../../daemon/store/directory-tables.js'
import type { Environment } from '../../daemon/store/environment.js'
import { LmdbShardLog } from '../../daemon/store/lmdb-shard-log.js'

/** Fails when told to. */
export class FailingLog extends LmdbShardLog {
  /** Pages with this number and later ones find the disk full. */
  fullFromPage = Number.POSITIVE_INFINITY
  /** What the next commit throws. */
  fault: Error | undefined

  override async commit(request: CommitRequest, apply: (page: Page) => void): Promise<CommitAnswer> {
    const { fault } = this
    this.fault = undefined
    if (fault !== undefined) throw fault
    if (request.expectedSeq >= this.fullFromPage) throw new StorageUnavailable('injected: no space left')
    return super.commit(request, apply)
  }
}

export interface WriterFixture extends OpenDirectory {
  readonly path: string
  /** The writer's. */
  readonly environment: Environment
  readonly log: FailingLog
  readonly pages: DirectoryPages
  readonly writer: DirectoryWriter
  readonly shared: SharedVersion
  /** The clock's time, which a test may move. */
  readonly time: { now: number }
  readonly faults: unknown[]
}

export async function openWriter(change: Partial<DirectoryWriterOptions> = {}): Promise<WriterFixture> {
  const path = mkdtempSync(join(tmpdir(), 'xpool-directory-'))
  const environment = openDirectoryEnvironment(path)
  const log = new FailingLog(environment)
  const shared = new SharedVersion()
  const time = { now: 1_700_000_000_000 }
  const faults: unknown[] = []
  const writer = await DirectoryWriter.open({
    environment,
    journal: await DirectoryJournal.open(log, { run: emptyRun, nowMs: 0 }),
    shared,
    shards: 2,
    rules: [],
    clock: () => time.now,
    prepare: numberPreparer(undefined, []),
    occupied: async () => 0,
    onFault: (error) => faults.push(error),
    ...change,
  })
  const { view, facts, feed, close: closeView } = openDirectoryView(path, shared.buffer)
  const close = async () => {
    await closeView()
    await writer.close()
    rmSync(path, { recursive: true })
  }
  const pages = new DirectoryPages(environment)
  return { view, facts, feed, path, environment, log, pages, writer, shared, time, faults, close }
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
