import { type Command, Option } from 'commander'
import { type Binding, Mode, type Party, Selection } from '../../generated/xpool/v1/types.js'
import { choice, duration, parties, party, poolOption, tenantOption, time } from '../options.js'
import { bindingText } from '../render/binding.js'
import { bindingEnums, jsonOf } from '../render/json.js'
import type { Cli, Report } from '../session.js'
import {
  addCallOptions,
  type CallOptionFlags,
  callOptionsOf,
  type UserDataFlags,
  userDataOf,
  userDataOptions,
} from './call-options.js'

interface AllocateFlags extends CallOptionFlags, UserDataFlags {
  readonly requestId?: string
  readonly tenant?: string
  readonly pool: string
  readonly mode: Mode
  readonly a: Party
  readonly b?: Party
  readonly members?: Party[]
  readonly number?: string
  readonly numberY?: string
  readonly areas?: string[]
  readonly areaStrict?: boolean
  readonly start?: number
  readonly end?: number
  readonly ttl?: number
  readonly extension?: string
  readonly selection?: Selection
  readonly orderId?: string
}

export function addAllocate(program: Command, cli: Cli): void {
  const command = program.command('allocate').summary('lend a number to a pair').description(description)
  for (const option of allocateOptions()) command.addOption(option)
  for (const option of userDataOptions()) command.addOption(option)
  addCallOptions(command).action(() => allocate(command, cli))
}

const description = `Lends a number to a pair (or a group) for a window of time.
A party is a number, or NUMBER@REF with a reference to the proof of the person's real name.`

function allocateOptions(): Option[] {
  return [
    tenantOption(),
    poolOption().makeOptionMandatory(),
    choice('--mode <mode>', 'the template of routes', Mode, 'MODE_').default(Mode.MODE_AXB, 'axb'),
    party('--a <party>', 'the protected user').makeOptionMandatory(),
    party('--b <party>', 'the other side (axb, axyb)'),
    parties('--members <party...>', 'the group (axg)'),
    duration('--ttl <duration>', 'length of the window').conflicts('end'),
    time('--end <time>', 'end of the window'),
    time('--start <time>', 'start of the window; the future is a booking'),
    new Option('--number <digits>', 'this number or none'),
    new Option('--number-y <digits>', 'this Y or none (axyb)'),
    new Option('--areas <area...>', 'areas in order of preference'),
    new Option('--area-strict', 'none but those areas'),
    new Option('--extension <digits>', 'this extension or none (axe)'),
    choice('--selection <order>', 'in which order numbers are tried', Selection, 'SELECTION_'),
    new Option('--request-id <id>', 'makes it safe to run again: the same id gives the same binding'),
    new Option('--order-id <id>', "the tenant's order"),
  ]
}

async function allocate(command: Command, cli: Cli): Promise<void> {
  const flags = command.opts<AllocateFlags>()
  await cli.online(command, async (client, { globals }) => {
    const answer = await client.allocate({
      requestId: flags.requestId,
      tenant: flags.tenant,
      pool: flags.pool,
      mode: flags.mode,
      a: flags.a,
      b: flags.b,
      members: flags.members,
      number: flags.number,
      numberY: flags.numberY,
      areas: flags.areas,
      areaStrict: flags.areaStrict,
      startMs: flags.start,
      expiry: expiryOf(flags),
      extension: flags.extension,
      selection: flags.selection,
      orderId: flags.orderId,
      userData: userDataOf(flags),
      ...callOptionsOf(flags),
    })
    const note = answer.replayed ? 'This request id was known: here is the binding that it made.\n' : ''
    return bindingReport(answer, globals.reveal, note)
  })
}

function expiryOf({ end, ttl }: AllocateFlags) {
  if (end !== undefined) return { $case: 'endMs' as const, value: end }
  return ttl === undefined ? undefined : { $case: 'ttlMs' as const, value: ttl }
}

/** The report of every command that answers with one binding. */
export function bindingReport(answer: { readonly binding: Binding | undefined }, reveal: boolean, note = ''): Report {
  return {
    json: () => jsonOf(answer, bindingEnums),
    text: () =>
      note + (answer.binding === undefined ? 'The answer holds no binding.' : bindingText(answer.binding, reveal)),
  }
}
