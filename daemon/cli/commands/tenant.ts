import { type Command, Option } from 'commander'
import type { Policies, Quotas, Tenant } from '../../generated/xpool/v1/administration.js'
import { Media, Mode, Qualification } from '../../generated/xpool/v1/types.js'
import { UsageError } from '../exit-code.js'
import { choice, choices, count, duration, time } from '../options.js'
import { gather, moreText, type PageFlags, pageOptions } from '../paging.js'
import { jsonOf } from '../render/json.js'
import { table } from '../render/table.js'
import { tenantColumns, tenantText } from '../render/tenant.js'
import type { Cli, Report } from '../session.js'
import { clearOption, type Leaf, maskOf, requireChange } from './leaves.js'

interface TenantFlags {
  readonly qualification?: Qualification
  readonly qualificationExpires?: number
  readonly utcOffsetMinutes?: number
  readonly liveBindings?: number
  readonly liveBindingsPerParty?: number
  readonly numbersHeld?: number
  readonly allocationsPerSecond?: number
  readonly allocationsBurst?: number
  readonly allocationsPerPartyPerDay?: number
  readonly orderIdRequired?: boolean
  readonly verificationRequired?: boolean
  readonly modes?: Mode[]
  readonly media?: Media[]
  readonly maxWindow?: number
  readonly maxBookingAhead?: number
  readonly expiringLead?: number
}

/** A calendar day may begin nearly a day before or after that of UTC, minutes. */
const utcOffsetMaxMinutes = 1_439

function tenantLeaves(): Leaf[] {
  const of = (path: string, option: Option): Leaf => ({ path, option })
  return [
    of('qualification', choice('--qualification <state>', 'admission', Qualification, 'QUALIFICATION_')),
    of('qualification_expires_ms', time('--qualification-expires <time>', 'from when an approval no longer holds')),
    of(
      'utc_offset_minutes',
      count('--utc-offset-minutes <n>', 'its calendar day against UTC', -utcOffsetMaxMinutes, utcOffsetMaxMinutes),
    ),
    of('quotas.live_bindings', count('--live-bindings <n>', 'quota: live bindings')),
    of('quotas.live_bindings_per_party', count('--live-bindings-per-party <n>', 'quota: live bindings per party')),
    of('quotas.numbers_held', count('--numbers-held <n>', 'quota: numbers held, cooling ones included')),
    of('quotas.allocations_per_second', count('--allocations-per-second <n>', 'quota: allocations per second')),
    of('quotas.allocations_burst', count('--allocations-burst <n>', 'quota: so many at once above the rate')),
    of(
      'quotas.allocations_per_party_per_day',
      count('--allocations-per-party-per-day <n>', 'quota: allocations per party and day'),
    ),
    of('policies.order_id_required', new Option('--order-id-required', 'policy: every allocation names an order')),
    of('policies.order_id_required', new Option('--no-order-id-required', 'policy: it need not')),
    of('policies.verification_required', new Option('--verification-required', 'policy: every party has a proof')),
    of('policies.verification_required', new Option('--no-verification-required', 'policy: it need not')),
    of('policies.modes', choices('--modes <mode...>', 'policy: none but these modes', Mode, 'MODE_')),
    of('policies.media', choices('--media <medium...>', 'policy: none but these media', Media, 'MEDIA_')),
    of('policies.max_window_ms', duration('--max-window <duration>', 'policy: longest window')),
    of('policies.max_booking_ahead_ms', duration('--max-booking-ahead <duration>', 'policy: furthest start ahead')),
    of('policies.expiring_lead_ms', duration('--expiring-lead <duration>', 'policy: announce an end so long before')),
  ]
}

export function addTenantCommands(program: Command, cli: Cli): void {
  const tenant = program
    .command('tenant')
    .summary('admit and change tenants')
    .description('Businesses that allocate: their admission, quotas and policies.')
  addCreate(tenant, cli)
  addUpdate(tenant, cli)
  const show = tenant.command('show').description('Show one tenant.').argument('<name>', 'the tenant')
  show.action((name: string) => cli.online(show, async (client) => report((await client.getTenant({ name })).tenant)))
  addList(tenant, cli)
}

function addCreate(parent: Command, cli: Cli): void {
  const command = parent.command('create').description('Admit a tenant.').argument('<name>', 'for ever')
  for (const { option } of tenantLeaves()) command.addOption(option)
  command.action((name: string, flags: TenantFlags) =>
    cli.online(command, async (client) => {
      if (flags.qualification === undefined) {
        throw new UsageError('a new tenant needs its --qualification: pending, or approved so that it may allocate')
      }
      return report((await client.createTenant({ tenant: tenantOf(name, flags) })).tenant)
    }),
  )
}

function addUpdate(parent: Command, cli: Cli): void {
  const command = parent
    .command('update')
    .description('Change a tenant. What is not given stays as it is. Lowering a quota ends no binding.')
    .argument('<name>', 'the tenant')
  const leaves = tenantLeaves()
  for (const { option } of leaves) command.addOption(option)
  command.addOption(clearOption(leaves))
  command.action((name: string, flags: TenantFlags) =>
    cli.online(command, async (client) => {
      requireChange(leaves, { ...flags })
      const updateMask = maskOf(leaves, { ...flags })
      return report((await client.updateTenant({ tenant: tenantOf(name, flags), updateMask })).tenant)
    }),
  )
}

function addList(parent: Command, cli: Cli): void {
  const command = parent.command('list').description('List tenants by name.')
  for (const option of pageOptions()) command.addOption(option)
  command.action((flags: PageFlags) =>
    cli.online(command, async (client) => {
      const { rows, nextPageToken } = await gather(flags, async (pageSize, pageToken) => {
        const page = await client.listTenants({ pageSize, pageToken })
        return { rows: page.tenants, nextPageToken: page.nextPageToken }
      })
      return {
        json: () => jsonOf({ tenants: rows, nextPageToken }),
        text: () => (rows.length === 0 ? 'no tenants' : table(tenantColumns, rows)) + moreText(nextPageToken),
      }
    }),
  )
}

function tenantOf(name: string, flags: TenantFlags): Tenant {
  return {
    name,
    qualification: flags.qualification ?? Qualification.QUALIFICATION_UNSPECIFIED,
    qualificationExpiresMs: flags.qualificationExpires,
    utcOffsetMinutes: flags.utcOffsetMinutes,
    quotas: quotasOf(flags),
    policies: policiesOf(flags),
  }
}

function quotasOf(flags: TenantFlags): Quotas {
  return {
    liveBindings: flags.liveBindings,
    liveBindingsPerParty: flags.liveBindingsPerParty,
    numbersHeld: flags.numbersHeld,
    allocationsPerSecond: flags.allocationsPerSecond,
    allocationsBurst: flags.allocationsBurst,
    allocationsPerPartyPerDay: flags.allocationsPerPartyPerDay,
  }
}

function policiesOf(flags: TenantFlags): Policies {
  return {
    orderIdRequired: flags.orderIdRequired,
    verificationRequired: flags.verificationRequired,
    modes: flags.modes ?? [],
    media: flags.media ?? [],
    maxWindowMs: flags.maxWindow,
    maxBookingAheadMs: flags.maxBookingAhead,
    expiringLeadMs: flags.expiringLead,
  }
}

function report(tenant: Tenant | undefined): Report {
  return {
    json: () => jsonOf({ tenant }),
    text: () => (tenant === undefined ? 'The answer holds no tenant.' : tenantText(tenant)),
  }
}
