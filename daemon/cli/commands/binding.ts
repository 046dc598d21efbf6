/** `release`, `update`, `show` and `list`: what becomes of a binding after `allocate`. */
import { type Command, Option } from 'commander'
import { BindingState, type Party } from '../../generated/xpool/v1/types.js'
import { choice, count, parties, party, tenantOption, time } from '../options.js'
import { gather, moreText, type PageFlags, pageOptions } from '../paging.js'
import { bindingColumns } from '../render/binding.js'
import { bindingEnums, jsonOf } from '../render/json.js'
import { table } from '../render/table.js'
import type { Cli } from '../session.js'
import { bindingReport } from './allocate.js'
import {
  addCallOptions,
  type CallOptionFlags,
  callOptionsOf,
  type UserDataFlags,
  userDataOf,
  userDataOptions,
} from './call-options.js'

interface ReleaseFlags {
  readonly tenant?: string
  readonly reason?: string
}

interface UpdateFlags extends CallOptionFlags, UserDataFlags {
  readonly tenant?: string
  readonly expectedRevision?: number
  readonly requestId?: string
  readonly end?: number
  readonly a?: Party
  readonly b?: Party
  readonly members?: Party[]
  readonly orderId?: string
}

interface ListFlags extends PageFlags {
  readonly tenant?: string
  readonly party?: string
  readonly number?: string
  readonly orderId?: string
  readonly state?: BindingState
}

export function addBindingCommands(program: Command, cli: Cli): void {
  addRelease(program, cli)
  addUpdate(program, cli)
  addShow(program, cli)
  addList(program, cli)
}

function addRelease(program: Command, cli: Cli): void {
  const command = program
    .command('release')
    .summary('end a binding now')
    .description('End a binding now. Releasing again is no fault.')
    .argument('<binding-id>', 'the binding')
    .addOption(tenantOption())
    .option('--reason <text>', 'for the records')
  command.action((bindingId: string, { tenant, reason }: ReleaseFlags) =>
    cli.online(command, async (client, { globals }) =>
      bindingReport(await client.release({ bindingId, tenant, reason }), globals.reveal),
    ),
  )
}

function addUpdate(program: Command, cli: Cli): void {
  const command = program
    .command('update')
    .summary('change a binding in place')
    .description('Change a binding in place, all or nothing. What is not given stays as it is.')
    .argument('<binding-id>', 'the binding')
  const options = [
    tenantOption(),
    time('--end <time>', 'a new end'),
    party('--a <party>', 'a new A; not together with --b').conflicts('b'),
    party('--b <party>', 'a new B'),
    parties('--members <party...>', 'the whole new group (axg)'),
    count('--expected-revision <n>', 'only if the binding is at this revision', 1),
    new Option('--request-id <id>', 'makes it safe to run again'),
    new Option('--order-id <id>', "the tenant's order"),
    ...userDataOptions(),
  ]
  for (const option of options) command.addOption(option)
  addCallOptions(command).action((bindingId: string) => update(command, cli, bindingId))
}

async function update(command: Command, cli: Cli, bindingId: string): Promise<void> {
  const flags = command.opts<UpdateFlags>()
  await cli.online(command, async (client, { globals }) => {
    const answer = await client.update({
      bindingId,
      tenant: flags.tenant,
      expectedRevision: flags.expectedRevision,
      requestId: flags.requestId,
      endMs: flags.end,
      a: flags.a,
      b: flags.b,
      members: flags.members,
      orderId: flags.orderId,
      userData: userDataOf(flags),
      ...callOptionsOf(flags),
    })
    return bindingReport(answer, globals.reveal)
  })
}

function addShow(program: Command, cli: Cli): void {
  const command = program
    .command('show')
    .summary('show one binding')
    .description('Show one binding, until 24 hours past its cooldown.')
    .argument('<binding-id>', 'the binding')
    .addOption(tenantOption())
  command.action((bindingId: string, { tenant }: { tenant?: string }) =>
    cli.online(command, async (client, { globals }) =>
      bindingReport(await client.getBinding({ bindingId, tenant }), globals.reveal),
    ),
  )
}

function addList(program: Command, cli: Cli): void {
  const command = program.command('list').summary('list bindings').description('List bindings, newest first.')
  const options = [
    tenantOption(),
    new Option('--party <digits>', 'those in which this real number is A, B or a member'),
    new Option('--number <digits>', 'those on this number'),
    new Option('--order-id <id>', 'those of this order'),
    choice('--state <state>', 'those in this state', BindingState, 'BINDING_STATE_'),
    ...pageOptions(),
  ]
  for (const option of options) command.addOption(option)
  command.action((flags: ListFlags) => list(command, cli, flags))
}

async function list(command: Command, cli: Cli, flags: ListFlags): Promise<void> {
  const { tenant, party, number, orderId, state } = flags
  await cli.online(command, async (client, { globals }) => {
    const { rows, nextPageToken } = await gather(flags, async (pageSize, pageToken) => {
      const page = await client.listBindings({ tenant, party, number, orderId, state, pageSize, pageToken })
      return { rows: page.bindings, nextPageToken: page.nextPageToken }
    })
    return {
      json: () => jsonOf({ bindings: rows, nextPageToken }, bindingEnums),
      text: () =>
        (rows.length === 0 ? 'no bindings' : table(bindingColumns(globals.reveal), rows)) + moreText(nextPageToken),
    }
  })
}
