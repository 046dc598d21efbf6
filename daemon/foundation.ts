/** What everything else stands on: the hold of the data folder, its shards, the clock. */
import { availableParallelism } from 'node:os'
import { ClockKeeper } from './clock/clock-keeper.js'
import type { Settings } from './config/settings.js'
import { version } from './config/version.js'
import { prepareDataFolder } from './data-folder.js'
import { keepRules } from './kept-rules.js'
import { type FolderLock, holdFolder } from './lock/folder-lock.js'
import type { Log } from './log/log.js'
import { hasBindings, storedClock } from './store/stored-folder.js'

/** The data folder, held, with its clock running. */
export interface Foundation {
  readonly lock: FolderLock
  readonly shards: number
  readonly cores: number
  readonly keeper: ClockKeeper
}

/** Throws FolderHeld, DamagedEnvironment, UnknownFormat, RulesChanged. */
export async function layFoundation(settings: Settings, log: Log): Promise<Foundation> {
  const { dataDir } = settings
  const cores = availableParallelism()
  log('DAEMON_STARTING', { version, pid: process.pid, dataDir, cores })
  const lock = await holdFolder(dataDir, 'xpoold')
  if (lock.tookOverFrom !== undefined) {
    log('LOCK_TAKEN_OVER', { formerPid: lock.tookOverFrom.pid, since: lock.tookOverFrom.since })
  }
  if (settings.dev) log('DEV_MODE', {})
  const { shards } = await prepareDataFolder(dataDir, settings.shards, cores, log)
  await keepRules(dataDir, settings.numberRules, () => hasBindings(dataDir, shards))
  const keeper = new ClockKeeper(await storedClock(dataDir, shards), {
    jumped: (aheadMs) => log('CLOCK_JUMPED', { aheadMs }),
    behind: (behindMs) => log('CLOCK_BEHIND', { behindMs }),
  })
  keeper.start()
  return { lock, shards, cores, keeper }
}
