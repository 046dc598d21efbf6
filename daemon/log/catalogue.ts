/**
 * Every log message there is. A message that is not in the catalogue, or lacks
 * one of its facts, does not compile; a warning or an error without an action
 * for the operator does not either. docs/operations/log-messages.md is written from here.
 *
 * Facts name things, never people: no party's number goes into a log but
 * through mask() (mask.ts).
 */

interface Note {
  readonly level: 'debug' | 'info'
  readonly message: string
  readonly facts: readonly string[]
}

interface Alarm {
  readonly level: 'warning' | 'error'
  readonly message: string
  readonly facts: readonly string[]
  /** What the operator does about it. */
  readonly action: string
}

const process = {
  DAEMON_STARTING: { level: 'info', message: 'starting', facts: ['version', 'pid', 'dataDir', 'cores'] },
  DAEMON_READY: { level: 'info', message: 'serving', facts: ['grpc', 'http', 'shards', 'gateways', 'tookMs'] },
  DAEMON_DRAINING: {
    level: 'info',
    message: 'asked to stop; no new work, finishing what was begun',
    facts: ['signal'],
  },
  DAEMON_STOPPED: { level: 'info', message: 'stopped', facts: ['tookMs'] },
  DAEMON_FAILED: {
    level: 'error',
    message: 'could not start, or could not go on',
    facts: ['error'],
    action:
      'Read the error. What was acknowledged is on disk; once its cause is removed the daemon may be started again.',
  },
  DAEMON_FORCED: {
    level: 'warning',
    message: 'ended at once by a second signal, before it had drained',
    facts: ['signal'],
    action: 'None: nothing acknowledged is lost. Give it longer to drain if callers saw failures.',
  },
  DEV_MODE: {
    level: 'warning',
    message: 'serving without tokens to anybody on this machine',
    facts: [],
    action: 'Leave out --dev where real numbers are lent.',
  },
  DEMO_CREATED: {
    level: 'info',
    message: 'made a demo tenant and pool in the empty data folder',
    facts: ['tenant', 'pool', 'numbers'],
  },
  FAULT_POINTS_ON: {
    level: 'warning',
    message: 'faults can be injected into the threads of this daemon',
    facts: [],
    action: 'Unset XPOOL_FAULT_POINTS anywhere but in a test.',
  },
  VARIABLE_UNKNOWN: {
    level: 'warning',
    message: 'an environment variable begins with XPOOL_ and means nothing',
    facts: ['variable'],
    action: 'Correct its spelling (docs/configuration.md), or remove it.',
  },
  LOCK_TAKEN_OVER: {
    level: 'info',
    message: 'the process that held the data folder is gone; took it over',
    facts: ['formerPid', 'since'],
  },
  DATA_FOLDER_CREATED: { level: 'info', message: 'made a new data folder', facts: ['dataDir', 'shards'] },
  SHARDS_ADDED: { level: 'info', message: 'added empty shards to the data folder', facts: ['from', 'to'] },
  SHARDS_KEPT: {
    level: 'warning',
    message: 'the data folder has more shards than the setting says; all of them are served',
    facts: ['wanted', 'shards'],
    action: 'Set --shards to the number of the folder, or leave it out.',
  },
  PORT_NOT_SHARED: {
    level: 'warning',
    message: 'this platform cannot share a port between threads; one gateway serves',
    facts: ['wanted', 'error'],
    action: 'None on a machine for trying things out. In production use Linux.',
  },
} as const satisfies Record<string, Note | Alarm>

const clock = {
  CLOCK_JUMPED: {
    level: 'error',
    message: 'the wall clock jumped ahead by more than 10 minutes and was not adopted; nothing is allocated',
    facts: ['aheadMs'],
    action:
      'Check the clock of the machine (chronyc tracking, timedatectl). If it is wrong, set it right first. Then confirm it with ConfirmClock: it is adopted as it stands then.',
  },
  CLOCK_CONFIRMED: { level: 'info', message: 'an operator confirmed the wall clock', facts: ['nowMs'] },
  CLOCK_BEHIND: {
    level: 'warning',
    message: 'the wall clock is behind; time is carried on by the monotonic clock, so that nothing ended is revived',
    facts: ['behindMs'],
    action:
      'Check the clock of the machine. Until it has caught up, bindings begin and end by the time of the daemon, which is ahead of it.',
  },
} as const satisfies Record<string, Note | Alarm>

const threads = {
  SHARD_LOADED: {
    level: 'info',
    message: 'a shard is ready',
    facts: ['shard', 'bindings', 'numbers', 'head', 'tookMs'],
  },
  SHARD_RELOADED: {
    level: 'error',
    message:
      'a shard met a fault, dropped what it had in memory and read its store again; callers got UNAVAILABLE meanwhile',
    facts: ['shard', 'error', 'tookMs'],
    action:
      'None at once: what was acknowledged is served. Report the error with its text; if it repeats, take a back-up and run xpool check.',
  },
  SHARD_FAILED: {
    level: 'error',
    message: 'a shard met a fault; what it has in memory is dropped, and it reads its store again',
    facts: ['shard', 'error'],
    action: 'Wait for SHARD_RELOADED. If this repeats instead, stop the daemon and run xpool check on the data folder.',
  },
  SHARD_FENCED: {
    level: 'error',
    message: 'another owner has taken the journal of a shard; the shard stopped',
    facts: ['shard', 'epoch'],
    action: 'Find the other daemon that serves this shard; only one may.',
  },
  SHARD_IN_DOUBT: {
    level: 'warning',
    message: 'a commit came to no known end; the same page is sent again',
    facts: ['shard', 'seq', 'error'],
    action: 'None, unless it repeats: then look at the disk.',
  },
  STORAGE_FULL: {
    level: 'error',
    message: 'the disk is full or fails; nothing is written, calls are still resolved',
    facts: ['place', 'error'],
    action: 'Make room on the disk of the data folder. Writing goes on by itself.',
  },
  STORAGE_RESUMED: { level: 'info', message: 'the disk takes writes again', facts: ['place', 'tookMs'] },
  STORE_DAMAGED: {
    level: 'error',
    message: 'a record fails its check: what the disk gave back is not what was written',
    facts: ['place', 'error'],
    action:
      'Stop the daemon, keep a copy of the data folder, run xpool check, and xpool rebuild from the journal. Look at the disk and the memory of the machine.',
  },
  WRITER_LOST: {
    level: 'error',
    message: 'a thread that writes is lost; the process ends itself by SIGKILL, so that its supervisor starts it anew',
    facts: ['writer', 'error'],
    action:
      'None if it happens once: nothing acknowledged is lost. See that a supervisor is there; if it repeats, give the daemon more memory.',
  },
  GATEWAY_FAILED: {
    level: 'error',
    message: 'a gateway thread met a fault that nothing caught; it closes its connections and ends',
    facts: ['error'],
    action: 'None if it happens once: another is started. Report the error with its text.',
  },
  GATEWAY_LOST: {
    level: 'error',
    message: 'a gateway thread ended and is started anew; its connections are closed, clients connect again',
    facts: ['gateway', 'error'],
    action: 'None if it happens once. Report the error with its text.',
  },
  DIRECTORY_FAILED: {
    level: 'error',
    message: 'the directory met a fault that no caller waited for; it goes on as its rows are',
    facts: ['error'],
    action: 'None at once. Report the error with its text; if it repeats, take a back-up and run xpool check.',
  },
  SLOW_COMMIT: {
    level: 'warning',
    message: 'a commit took long',
    facts: ['shard', 'tookMs', 'commands', 'bytes'],
    action: 'Look at the latency of the disk (iostat -x); allocations wait for it, calls do not.',
  },
} as const satisfies Record<string, Note | Alarm>

const requests = {
  REQUEST_FAILED: {
    level: 'error',
    message: 'a request met a fault of the daemon; the caller got INTERNAL',
    facts: ['method', 'error'],
    action: 'Report the error with its text.',
  },
  HTTP_FAILED: {
    level: 'error',
    message: 'a request to the HTTP port met a fault of the daemon',
    facts: ['path', 'error'],
    action: 'Report the error with its text.',
  },
  METRICS_INCOMPLETE: {
    level: 'warning',
    message: 'threads did not give their figures in time; /metrics shows the last known counters',
    facts: ['what', 'error'],
    action: 'None if it happens once. If it repeats, look at xpool_event_loop_lag_seconds: a thread is overloaded.',
  },
  POOL_LOW: {
    level: 'warning',
    message: 'a pool has fewer free numbers than its low_numbers',
    facts: ['pool', 'free', 'low'],
    action: 'Add numbers to the pool, shorten its cooldown, or lower a quota.',
  },
} as const satisfies Record<string, Note | Alarm>

export const catalogue = { ...process, ...clock, ...threads, ...requests } as const

export type MessageId = keyof typeof catalogue
export type Level = (Note | Alarm)['level']
export type FactValue = string | number | boolean

/** The facts that a message must carry, no more and no fewer. */
export type Facts<Id extends MessageId> = {
  readonly [Name in (typeof catalogue)[Id]['facts'][number]]: FactValue
}
