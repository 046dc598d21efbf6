/** Jobs that look through one environment of a data folder at rest: a shard's, or the directory's. */
import { extname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { emptyHead } from '../journal/seal-page.js'
import { verifyChain } from '../journal/verify-chain.js'
import { checkShard } from '../store/check.js'
import { openDirectoryEnvironment } from '../store/directory-environment.js'
import { directoryDatabases } from '../store/directory-tables.js'
import type { Environment } from '../store/environment.js'
import { checkEnvironment } from '../store/environment-preflight.js'
import { JournalTable } from '../store/journal-table.js'
import { LmdbTable } from '../store/lmdb-table.js'
import { readFirstPage, readHead } from '../store/meta-rows.js'
import { CorruptRecord, openRecord } from '../store/record.js'
import { openShardEnvironment } from '../store/shard-environment.js'

/** This file as a job thread loads it. */
export const checkFolderFile: string = new URL(
  `./check-folder${extname(fileURLToPath(import.meta.url))}`,
  import.meta.url,
).href

/** Records read between two turns of the event loop; a read snapshot must not grow old. */
const recordsAtOnce = 1_000
/** Problems named; the rest is only more of the same. */
const problemsNamedMax = 1_000

export interface CheckTask {
  /** Folder of the environment. */
  readonly folder: string
}

export interface CheckFindings {
  /** Records by database. */
  readonly records: Readonly<Record<string, number>>
  /** Pages of the journal that are as they were written. */
  readonly pages: number
  /** What and where, in sentences; empty when all is well. */
  readonly problems: readonly string[]
}

/** Every record of a shard by itself and against the others, and the chain of its journal. */
export async function checkShardJob({ folder }: CheckTask): Promise<CheckFindings> {
  return await opened(folder, openShardEnvironment, async (environment) => {
    const { problems, records, journal } = await checkShard(environment)
    return { records, pages: journal?.pages ?? 0, problems: problems.map((p) => `${p.database}: ${p.message}`) }
  })
}

/** Every record of the directory by itself, and the chain of its journal. */
export async function checkDirectoryJob({ folder }: CheckTask): Promise<CheckFindings> {
  return await opened(folder, openDirectoryEnvironment, async (environment) => {
    const problems: string[] = []
    const records: Record<string, number> = {}
    for (const database of ['meta', ...directoryDatabases, 'journal']) {
      records[database] = await walk(environment, database, problems)
    }
    const pages = problems.length === 0 ? verifyJournal(environment, problems) : 0
    return { records, pages, problems }
  })
}

type Open = (folder: string, options: { readonly readOnly: true }) => Environment

/** A folder that must not be opened, or cannot be, is a finding too. */
async function opened(
  folder: string,
  open: Open,
  work: (environment: Environment) => Promise<CheckFindings>,
): Promise<CheckFindings> {
  let environment: Environment
  try {
    await checkEnvironment(folder)
    environment = open(folder, { readOnly: true })
  } catch (error) {
    return { records: {}, pages: 0, problems: [(error as Error).message] }
  }
  try {
    return await work(environment)
  } finally {
    await environment.close()
  }
}

/** How many records a database has; those whose sum does not hold are noted. */
async function walk(environment: Environment, database: string, problems: string[]): Promise<number> {
  let count = 0
  let start: Uint8Array | undefined = new Uint8Array(1)
  while (start !== undefined) {
    environment.refresh()
    let read = 0
    let last: Uint8Array = start
    for (const { key, value } of environment.database(database).getRange({ start, limit: recordsAtOnce })) {
      read += 1
      last = key
      note(problems, () => openRecord(database, key, value))
    }
    count += read
    start = read < recordsAtOnce ? undefined : Buffer.concat([last, Uint8Array.of(0)])
    await nextTurn()
  }
  return count
}

function verifyJournal(environment: Environment, problems: string[]): number {
  let good = 0
  note(problems, () => {
    const meta = new LmdbTable('meta', environment.database('meta'))
    const start = readFirstPage(meta) > 1 ? undefined : emptyHead
    const verdict = verifyChain(pagesOf(environment), { start, head: readHead(meta) })
    good = verdict.pages
    if (verdict.problem !== undefined) problems.push(`journal: ${verdict.problem.kind}: ${verdict.problem.message}`)
  })
  return good
}

function* pagesOf(environment: Environment) {
  const journal = new JournalTable(environment)
  let seqs = journal.seqsFrom(1, recordsAtOnce)
  while (seqs.length > 0) {
    for (const seq of seqs) yield journal.page(seq)!
    environment.refresh()
    seqs = journal.seqsFrom(seqs.at(-1)! + 1, recordsAtOnce)
  }
}

function note(problems: string[], work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof CorruptRecord)) throw error
    if (problems.length < problemsNamedMax) problems.push(error.message)
  }
}
