import { type Command, Option } from 'commander'
import type { Pool } from '../../generated/xpool/v1/administration.js'
import { Selection, Unmatched } from '../../generated/xpool/v1/types.js'
import { choice, count, duration } from '../options.js'
import { gather, moreText, type PageFlags, pageOptions } from '../paging.js'
import { jsonOf } from '../render/json.js'
import { poolColumns, poolText } from '../render/pool.js'
import { table } from '../render/table.js'
import type { Cli, Report } from '../session.js'
import { clearOption, type Leaf, maskOf, requireChange } from './leaves.js'

interface PoolFlags {
  readonly tenants?: string[]
  readonly selection?: Selection
  readonly cooldown?: number
  readonly minCooldown?: number
  readonly maxCooldown?: number
  readonly maxBindingsPerNumber?: number
  readonly unmatched?: Unmatched
  readonly fallbackNumber?: string
  readonly defaultTtl?: number
  readonly maxCall?: number
  readonly extensionDigits?: number
  readonly lowNumbers?: number
  readonly sparePercent?: number
}

function poolLeaves(): Leaf[] {
  const of = (path: string, option: Option): Leaf => ({ path, option })
  return [
    of('tenants', new Option('--tenants <name...>', 'who may allocate; nobody when none is given')),
    of('selection', choice('--selection <order>', 'in which order numbers are tried', Selection, 'SELECTION_')),
    of('cooldown_ms', duration('--cooldown <duration>', 'of a binding that gives none')),
    of('min_cooldown_ms', duration('--min-cooldown <duration>', 'the least that may be asked for')),
    of('max_cooldown_ms', duration('--max-cooldown <duration>', 'the most that may be asked for')),
    of('max_bindings_per_number', count('--max-bindings-per-number <n>', 'what a number carries at once', 1)),
    of('unmatched', choice('--unmatched <policy>', 'what becomes of unknown callers', Unmatched, 'UNMATCHED_')),
    of('fallback_number', new Option('--fallback-number <digits>', 'whom they reach with --unmatched fallback')),
    of('default_ttl_ms', duration('--default-ttl <duration>', 'length of a window that gives no end')),
    of('max_call_ms', duration('--max-call <duration>', 'longest call of a binding that gives none')),
    of('extension_digits', count('--extension-digits <n>', 'digits of an extension', 1, 8)),
    of('low_numbers', count('--low-numbers <n>', 'warn when fewer are free')),
    of('spare_percent', count('--spare-percent <n>', 'capacity in use that may stay open for speed', 0, 90)),
  ]
}

export function addPoolCommands(program: Command, cli: Cli): void {
  const pool = program.command('pool').summary('make and change pools').description('Sets of numbers under one policy.')
  addCreate(pool, cli)
  addUpdate(pool, cli)
  const show = pool.command('show').description('Show one pool.').argument('<name>', 'the pool')
  show.action((name: string) => cli.online(show, async (client) => report((await client.getPool({ name })).pool)))
  addList(pool, cli)
}

function addCreate(parent: Command, cli: Cli): void {
  const command = parent.command('create').description('Make an empty pool.').argument('<name>', 'for ever')
  for (const { option } of poolLeaves()) command.addOption(option)
  command.action((name: string, flags: PoolFlags) =>
    cli.online(command, async (client) => report((await client.createPool({ pool: poolOf(name, flags) })).pool)),
  )
}

function addUpdate(parent: Command, cli: Cli): void {
  const command = parent
    .command('update')
    .description('Change a pool. What is not given stays as it is; a binding keeps the values it was made with.')
    .argument('<name>', 'the pool')
  const leaves = poolLeaves()
  for (const { option } of leaves) command.addOption(option)
  command.addOption(clearOption(leaves))
  command.action((name: string, flags: PoolFlags) =>
    cli.online(command, async (client) => {
      requireChange(leaves, { ...flags })
      const updateMask = maskOf(leaves, { ...flags })
      return report((await client.updatePool({ pool: poolOf(name, flags), updateMask })).pool)
    }),
  )
}

function addList(parent: Command, cli: Cli): void {
  const command = parent.command('list').description('List pools by name.')
  for (const option of pageOptions()) command.addOption(option)
  command.action((flags: PageFlags) =>
    cli.online(command, async (client) => {
      const { rows, nextPageToken } = await gather(flags, async (pageSize, pageToken) => {
        const page = await client.listPools({ pageSize, pageToken })
        return { rows: page.pools, nextPageToken: page.nextPageToken }
      })
      return {
        json: () => jsonOf({ pools: rows, nextPageToken }),
        text: () => (rows.length === 0 ? 'no pools' : table(poolColumns, rows)) + moreText(nextPageToken),
      }
    }),
  )
}

function poolOf(name: string, flags: PoolFlags): Pool {
  return {
    name,
    tenants: flags.tenants ?? [],
    selection: flags.selection,
    cooldownMs: flags.cooldown,
    minCooldownMs: flags.minCooldown,
    maxCooldownMs: flags.maxCooldown,
    maxBindingsPerNumber: flags.maxBindingsPerNumber,
    unmatched: flags.unmatched,
    fallbackNumber: flags.fallbackNumber,
    defaultTtlMs: flags.defaultTtl,
    maxCallMs: flags.maxCall,
    extensionDigits: flags.extensionDigits,
    lowNumbers: flags.lowNumbers,
    sparePercent: flags.sparePercent,
  }
}

function report(pool: Pool | undefined): Report {
  return {
    json: () => jsonOf({ pool }),
    text: () => (pool === undefined ? 'The answer holds no pool.' : poolText(pool)),
  }
}
