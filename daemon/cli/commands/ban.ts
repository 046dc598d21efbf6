/** `ban`: callers who may not call, for all, for one tenant, or to one party. */
import { type Command, Option } from 'commander'
import type { Ban } from '../../generated/xpool/v1/administration.js'
import { duration, operatorOption, tenantOption, time } from '../options.js'
import { gather, moreText, type PageFlags, pageOptions } from '../paging.js'
import { formatTime } from '../parse/time.js'
import { jsonOf } from '../render/json.js'
import { type Column, table } from '../render/table.js'
import type { Cli } from '../session.js'

interface BanFlags {
  readonly tenant?: string
  readonly asOperator?: boolean
  readonly callee?: string
}

interface AddFlags extends BanFlags {
  readonly until?: number
  readonly for?: number
  readonly reason?: string
}

interface ListFlags extends PageFlags {
  readonly tenant?: string
  readonly caller?: string
}

export function addBanCommands(program: Command, cli: Cli): void {
  const ban = program
    .command('ban')
    .summary('keep callers from parties')
    .description('Callers who may not call. A ban holds everywhere when the command returns.')
  addAdd(ban, cli)
  addRemove(ban, cli)
  addList(ban, cli)
}

function whoseOptions(): Option[] {
  return [
    tenantOption(),
    operatorOption(),
    new Option('--callee <digits>', 'the one real number it may not reach; left out: nobody'),
  ]
}

function addAdd(parent: Command, cli: Cli): void {
  const command = parent
    .command('add')
    .description("Ban a caller: from a tenant's bindings with --tenant, else from everybody's.")
    .argument('<caller>', 'the real number that may not call')
  const options = [
    ...whoseOptions(),
    time('--until <time>', 'until then; left out: until it is lifted').conflicts('for'),
    duration('--for <duration>', 'for so long'),
    new Option('--reason <text>', 'for the records'),
  ]
  for (const option of options) command.addOption(option)
  command.action((caller: string, flags: AddFlags) =>
    cli.online(command, async (client) => {
      const { tenant, callee, until, reason } = flags
      const untilMs = flags.for === undefined ? until : Date.now() + flags.for
      const ban = { tenant, caller, callee, untilMs, reason }
      await (asTenant(flags) ? client.banPartyCaller(ban) : client.banCaller(ban))
      return { json: () => ({}), text: () => `banned ${scopeText(flags)}${untilText(untilMs)}` }
    }),
  )
}

function addRemove(parent: Command, cli: Cli): void {
  const command = parent
    .command('remove')
    .description('Lift a ban, named as it was made.')
    .argument('<caller>', 'the banned number')
  for (const option of whoseOptions()) command.addOption(option)
  command.action((caller: string, flags: BanFlags) =>
    cli.online(command, async (client) => {
      const { tenant, callee } = flags
      const ban = { tenant, caller, callee }
      const answer = await (asTenant(flags) ? client.unbanPartyCaller(ban) : client.unbanCaller(ban))
      return {
        json: () => jsonOf(answer),
        text: () => (answer.lifted ? 'lifted' : `there was no such ban ${scopeText(flags)}`),
      }
    }),
  )
}

/** A tenant's own word, rather than an operator's about a tenant. */
function asTenant({ tenant, asOperator }: BanFlags): boolean {
  return tenant !== undefined && asOperator !== true
}

function scopeText({ tenant, callee }: BanFlags): string {
  const whose = tenant === undefined ? "everybody's bindings" : `the bindings of ${tenant}`
  return callee === undefined ? `from ${whose}` : `from one party in ${whose}`
}

function untilText(untilMs: number | undefined): string {
  return untilMs === undefined ? ', until it is lifted' : ` until ${formatTime(untilMs)}`
}

/** The server masks the numbers itself. */
const columns: readonly Column<Ban>[] = [
  { head: 'caller', cell: (b) => b.caller },
  { head: 'may not reach', cell: (b) => (b.callee === '' ? 'anybody' : b.callee) },
  { head: 'tenant', cell: (b) => (b.tenant === '' ? 'all' : b.tenant) },
  { head: 'since', cell: (b) => formatTime(b.sinceMs) },
  { head: 'until', cell: (b) => (b.untilMs === undefined ? 'lifted' : formatTime(b.untilMs)) },
  { head: 'reason', cell: (b) => b.reason },
]

function addList(parent: Command, cli: Cli): void {
  const command = parent
    .command('list')
    .description('List the bans in force; the server shows numbers masked.')
    .addOption(new Option('--caller <digits>', 'those of this real number'))
    .addOption(tenantOption())
  for (const option of pageOptions()) command.addOption(option)
  command.action((flags: ListFlags) =>
    cli.online(command, async (client) => {
      const { caller, tenant } = flags
      const { rows, nextPageToken } = await gather(flags, async (pageSize, pageToken) => {
        const page = await client.listBans({ caller, tenant, pageSize, pageToken })
        return { rows: page.bans, nextPageToken: page.nextPageToken }
      })
      return {
        json: () => jsonOf({ bans: rows, nextPageToken }),
        text: () => (rows.length === 0 ? 'no bans' : table(columns, rows)) + moreText(nextPageToken),
      }
    }),
  )
}
