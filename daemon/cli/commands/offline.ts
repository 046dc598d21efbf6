/** `check` and `rebuild`: commands on a data folder whose daemon is at rest. */
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { CheckFindings } from '../../jobs/check-folder.js'
import { type OfflineJobs, openOfflineJobs } from '../../jobs/offline-jobs.js'
import type { Rebuilt } from '../../jobs/rebuild-folder.js'
import { FolderHeld, holdFolder } from '../../lock/folder-lock.js'
import { directoryPath } from '../../store/directory-environment.js'
import { FindingError } from '../exit-code.js'
import { type Column, grouped, table } from '../render/table.js'
import type { Cli, Report } from '../session.js'

const shardName = /^shard-[0-9]{3}$/
/** Problems of one environment that are shown to people; --json has all. */
const problemsShownMax = 20

interface OfflineFlags {
  readonly data: string
}

interface Named<T> {
  /** `directory`, `shard-000`. */
  readonly name: string
  readonly result: T
}

export function addOfflineCommands(program: Command, cli: Cli): void {
  const data = () => new Option('--data <dir>', 'the data folder').env('XPOOL_DATA').default('./data')
  const check = program
    .command('check')
    .summary('look through a data folder at rest')
    .description(checkDescription)
    .addOption(data())
  check.action((flags: OfflineFlags) => cli.offline(check, () => checkFolder(flags)))
  const rebuild = program
    .command('rebuild')
    .summary('make the rows of a data folder anew from its journals')
    .description(rebuildDescription)
    .addOption(data())
  rebuild.action((flags: OfflineFlags) => cli.offline(rebuild, () => rebuildFolder(flags)))
}

const checkDescription = `Look through a data folder whose daemon is stopped: the sum of every record, what records say of
each other, and the hash chain of every journal. Changes nothing; ends with 1 when something is wrong.`

const rebuildDescription = `Make the rows of the directory and of every shard anew from their journals: the same keys and values, byte for byte. The
daemon must be stopped. The former files are kept beside the new ones. A damaged journal changes nothing.`

async function checkFolder(flags: OfflineFlags): Promise<Report> {
  const checked = await withFolder(flags, 'xpool check', async (folder, shards, jobs) => {
    const directory = { name: 'directory', result: jobs.checkDirectory({ folder: directoryPath(folder) }) }
    const each = shards.map((name) => ({ name, result: jobs.checkShard({ folder: join(folder, name) }) }))
    return await settled([directory, ...each])
  })
  const valid = checked.every(({ result }) => result.problems.length === 0)
  const failed = valid ? undefined : new FindingError('something is wrong with this data folder; keep a copy of it')
  return {
    json: () => ({ valid, environments: checked.map(({ name, result }) => ({ name, ...result })) }),
    text: () => [table(checkColumns, checked), ...checked.flatMap(problemLines)].join('\n'),
    failed,
  }
}

async function rebuildFolder(flags: OfflineFlags): Promise<Report> {
  const rebuilt = await withFolder(flags, 'xpool rebuild', (folder, shards, jobs) => {
    const nowMs = Date.now()
    const directory = { name: 'directory', result: jobs.rebuildDirectory({ folder: directoryPath(folder), nowMs }) }
    const each = shards.map((name) => ({ name, result: jobs.rebuildShard({ folder: join(folder, name), nowMs }) }))
    return settled([directory, ...each])
  })
  return {
    json: () => ({ environments: rebuilt.map(({ name, result }) => ({ name, ...result })) }),
    text: () => table(rebuildColumns, rebuilt),
  }
}

/** Holds the folder meanwhile, so that no daemon starts on it. */
async function withFolder<T>(
  { data }: OfflineFlags,
  command: string,
  work: (folder: string, shards: string[], jobs: OfflineJobs) => Promise<T>,
): Promise<T> {
  const folder = resolve(data)
  const shards = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => shardName.test(name))
        .sort()
    : []
  if (shards.length === 0) throw new FindingError(`${folder} is no data folder of xpoold (--data names another)`)
  const lock = await holdFolder(folder, command).catch((error: unknown) => {
    throw error instanceof FolderHeld ? new FindingError(error.message) : error
  })
  try {
    await using jobs = openOfflineJobs(shards.length + 1)
    return await work(folder, shards, jobs)
  } finally {
    await lock.release()
  }
}

/** Waits for all, also when one fails: its threads must be at rest before the folder is given up. */
async function settled<T>(started: readonly Named<Promise<T>>[]): Promise<Named<T>[]> {
  const results = await Promise.allSettled(started.map(({ result }) => result))
  const faults = results.flatMap((one, i) =>
    one.status === 'rejected' ? [`${started[i]!.name}: ${(one.reason as Error).message}`] : [],
  )
  if (faults.length > 0) throw new FindingError(faults.join('\n'))
  return results.map((one, i) => ({ name: started[i]!.name, result: (one as PromiseFulfilledResult<T>).value }))
}

const checkColumns: readonly Column<Named<CheckFindings>>[] = [
  { head: 'environment', cell: ({ name }) => name },
  { head: 'records', cell: ({ result }) => Object.values(result.records).reduce((sum, count) => sum + count, 0) },
  { head: 'journal pages', cell: ({ result }) => result.pages },
  { head: 'problems', cell: ({ result }) => result.problems.length },
]

const rebuildColumns: readonly Column<Named<Rebuilt>>[] = [
  { head: 'environment', cell: ({ name }) => name },
  { head: 'journal pages', cell: ({ result }) => result.pages },
  { head: 'former file, kept', cell: ({ result }) => result.kept },
]

function problemLines({ name, result }: Named<CheckFindings>): string[] {
  const shown = result.problems.slice(0, problemsShownMax).map((problem) => `${name}: ${problem}`)
  const rest = result.problems.length - shown.length
  return rest > 0 ? [...shown, `${name}: and ${grouped(rest)} more`] : shown
}
