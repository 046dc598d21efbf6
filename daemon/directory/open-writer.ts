/** Opens the directory for its one writer, on the disk. */

import { openDirectoryEnvironment } from '../store/directory-environment.js'
import type { Environment } from '../store/environment.js'
import { JournalTable } from '../store/journal-table.js'
import { LmdbShardLog } from '../store/lmdb-shard-log.js'
import { LmdbTable } from '../store/lmdb-table.js'
import { readHead } from '../store/meta-rows.js'
import { openRun } from '../store/open-run.js'
import { DirectoryJournal } from './directory-journal.js'
import { DirectoryWriter, type DirectoryWriterOptions } from './writer.js'

export type OpenWriterOptions = Omit<DirectoryWriterOptions, 'environment' | 'journal'>

/**
 * Run checkEnvironment (environment-preflight.ts) on the path first. Threads may
 * open views once this has resolved. Throws UnknownFormat, CorruptRecord.
 * @param path of the directory's environment (directoryPath)
 */
export async function openDirectoryWriter(path: string, options: OpenWriterOptions): Promise<DirectoryWriter> {
  const environment = openDirectoryEnvironment(path)
  const journal = await openJournal(environment)
  return DirectoryWriter.open({ ...options, environment, journal })
}

async function openJournal(environment: Environment): Promise<DirectoryJournal> {
  const head = readHead(new LmdbTable('meta', environment.database('meta')))
  const run = openRun(new JournalTable(environment), head)
  return DirectoryJournal.open(new LmdbShardLog(environment), { run, nowMs: head.nowMs })
}
