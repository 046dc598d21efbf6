/** The load test's flags: what each takes, its default, and what its help says. docs/loadtest.md lists the same. */

export const workloads = [
  'resolve',
  'call-setup',
  'lunch-peak',
  'courier-heavy',
  'mixed',
  'churn',
  'pool-nearly-full',
] as const
export type Workload = (typeof workloads)[number]
export const modes = ['unary', 'stream'] as const
export type Mode = (typeof modes)[number]

interface Flag {
  readonly type: 'string'
  /** Absent: follows from other flags. */
  readonly default?: string
  /** What is to be put there. */
  readonly takes: string
  readonly says: string
}

export const flags = {
  server: { type: 'string', default: '127.0.0.1:7700', takes: 'HOST:PORT', says: 'the daemon; it must run with --dev' },
  workload: { type: 'string', default: 'resolve', takes: 'NAME', says: workloads.join(', ') },
  mode: {
    type: 'string',
    default: 'unary',
    takes: 'MODE',
    says: 'unary, or stream: batches on one stream a connection',
  },
  seconds: { type: 'string', default: '10', takes: 'S', says: 'length of the measured part' },
  warmup: { type: 'string', default: '1', takes: 'S', says: 'the same load before it, which is not measured' },
  rate: {
    type: 'string',
    default: '0',
    takes: 'N',
    says: 'items a second, sent whatever the answers do (open loop); 0: closed loop',
  },
  arrivals: { type: 'string', default: 'constant', takes: 'KIND', says: 'of an open loop: constant or poisson' },
  processes: { type: 'string', default: '1', takes: 'N', says: 'client processes, which share all of the below' },
  connections: { type: 'string', default: '4', takes: 'N', says: 'connections, all processes together' },
  outstanding: {
    type: 'string',
    takes: 'N',
    says: 'calls or batches in flight; open loop: at most, 4096 by default, else 64',
  },
  batch: { type: 'string', default: '64', takes: 'N', says: 'items of a batch, mode stream' },
  seed: { type: 'string', default: '1', takes: 'N', says: 'the same seed makes the same parties and the same choices' },
  live: {
    type: 'string',
    default: '10000',
    takes: 'N',
    says: 'bindings that are made first and live as long as the run',
  },
  numbers: { type: 'string', takes: 'N', says: "proxy numbers of the run's pool; by default from --live" },
  'cooldown-ms': { type: 'string', default: '1000', takes: 'MS', says: "cooldown of the run's pool" },
  expiring: {
    type: 'string',
    default: '0',
    takes: 'SHARE',
    says: 'share of the allocations that end by time, not by Release',
  },
  'ttl-ms': { type: 'string', default: '5000', takes: 'MS', says: 'the window of those' },
  strangers: {
    type: 'string',
    default: '0.05',
    takes: 'SHARE',
    says: 'call-setup: share of callers who have no binding',
  },
  reports: {
    type: 'string',
    default: '0.1',
    takes: 'SHARE',
    says: 'call-setup: share of calls whose start and end are reported',
  },
  run: {
    type: 'string',
    takes: 'N',
    says: 'sets the tenant, pool and numbers of runs on one daemon apart; by default from the time',
  },
  json: { type: 'string', default: '', takes: 'FILE', says: 'write the report there as JSON' },
  html: { type: 'string', default: '', takes: 'FILE', says: 'write the report there as one page with plots' },
  'server-pid': {
    type: 'string',
    default: '0',
    takes: 'PID',
    says: 'process of the server, on this machine: its CPU time is reported',
  },
  'connect-timeout-ms': {
    type: 'string',
    default: '10000',
    takes: 'MS',
    says: 'so long a server may take to accept a connection',
  },
} as const satisfies Record<string, Flag>

export function helpText(): string {
  const rows = Object.entries<Flag>(flags).map(([name, flag]) => {
    const initial = flag.default === undefined || flag.default === '' ? '' : ` (default: ${flag.default})`
    return [`  --${name} ${flag.takes}`, `${flag.says}${initial}`] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length))
  return [
    'Usage: xpool loadtest [options]',
    '',
    'Loads a daemon from processes of its own, checks every answer, and reports.',
    'It makes a tenant and a pool of its own; use a daemon that may be loaded.',
    '',
    'Options:',
    ...rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`),
    '',
    'Exit codes: 0 the run is sound, 1 a wrong answer, too many refusals or a rate that was not held,',
    '2 wrong usage, 3 no server there.',
    '',
  ].join('\n')
}
