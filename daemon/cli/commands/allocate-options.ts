/** What `allocate` takes, the same in `explain allocate`. */
import { type Command, Option } from 'commander'
import type { Sparse } from '../../client/unary.js'
import type { AllocateRequest } from '../../generated/xpool/v1/allocation.js'
import { Mode, type Party, Selection } from '../../generated/xpool/v1/types.js'
import { choice, duration, parties, party, poolOption, tenantOption, time } from '../options.js'
import {
  addCallOptions,
  type CallOptionFlags,
  callOptionsOf,
  type UserDataFlags,
  userDataOf,
  userDataOptions,
} from './call-options.js'

export interface AllocateFlags extends CallOptionFlags, UserDataFlags {
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

export function addAllocateOptions(command: Command): Command {
  for (const option of [...allocateOptions(), ...userDataOptions()]) command.addOption(option)
  return addCallOptions(command)
}

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

export function allocateRequestOf(flags: AllocateFlags): Sparse<AllocateRequest> {
  return {
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
  }
}

function expiryOf({ end, ttl }: AllocateFlags) {
  if (end !== undefined) return { $case: 'endMs' as const, value: end }
  return ttl === undefined ? undefined : { $case: 'ttlMs' as const, value: ttl }
}
