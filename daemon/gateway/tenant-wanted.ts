/** What a Tenant message asks of the directory. Ranges are the directory's to check; here a number must be one. */
import type { Policies, Quotas } from '../core/directory.js'
import type { TenantWanted, Wanted } from '../directory/commands.js'
import type {
  Policies as PoliciesMessage,
  Quotas as QuotasMessage,
  Tenant as TenantMessage,
} from '../generated/xpool/v1/administration.js'
import type { Check } from './check.js'
import { type Asked, readMask, unlessEmpty } from './update-mask.js'
import { mediumWords, modeWords, qualificationWords } from './wire-words.js'

const paths = [
  'qualification',
  'qualification_expires_ms',
  'utc_offset_minutes',
  'quotas.live_bindings',
  'quotas.live_bindings_per_party',
  'quotas.numbers_held',
  'quotas.allocations_per_second',
  'quotas.allocations_burst',
  'quotas.allocations_per_party_per_day',
  'policies.order_id_required',
  'policies.verification_required',
  'policies.modes',
  'policies.media',
  'policies.max_window_ms',
  'policies.max_booking_ahead_ms',
  'policies.expiring_lead_ms',
]

export function readTenantWanted(
  check: Check,
  tenant: TenantMessage,
  mask: readonly string[] | undefined,
): TenantWanted {
  const asked = readMask(check, mask, paths)
  const qualification = asked('qualification', wordOf(check, tenant))
  if (qualification === null) {
    check.refuse('INVALID_OPTION', 'tenant.qualification', 'tenant.qualification cannot be cleared')
  }
  return {
    qualification: qualification ?? undefined,
    qualificationExpiresMs: asked(
      'qualification_expires_ms',
      whole(check, 'qualification_expires_ms', tenant.qualificationExpiresMs),
    ),
    utcOffsetMinutes: asked('utc_offset_minutes', tenant.utcOffsetMinutes),
    quotas: readQuotas(check, tenant.quotas, asked),
    policies: readPolicies(check, tenant.policies, asked),
  }
}

function wordOf(check: Check, tenant: TenantMessage) {
  return check.word('tenant.qualification', qualificationWords, tenant.qualification)
}

/** NaN, for an integer beyond 2^53, must not travel on. */
function whole(check: Check, field: string, value: number | undefined): number | undefined {
  return check.integerIfGiven(`tenant.${field}`, value, 0, Number.MAX_SAFE_INTEGER)
}

function readQuotas(check: Check, quotas: QuotasMessage | undefined, asked: Asked): Wanted<Quotas> {
  const quota = (name: string, value: number | undefined) =>
    asked(`quotas.${name}`, whole(check, `quotas.${name}`, value))
  return {
    liveBindings: quota('live_bindings', quotas?.liveBindings),
    liveBindingsPerParty: quota('live_bindings_per_party', quotas?.liveBindingsPerParty),
    numbersHeld: quota('numbers_held', quotas?.numbersHeld),
    allocationsPerSecond: quota('allocations_per_second', quotas?.allocationsPerSecond),
    allocationsBurst: quota('allocations_burst', quotas?.allocationsBurst),
    allocationsPerPartyPerDay: quota('allocations_per_party_per_day', quotas?.allocationsPerPartyPerDay),
  }
}

function readPolicies(check: Check, policies: PoliciesMessage | undefined, asked: Asked): Wanted<Policies> {
  const length = (name: string, value: number | undefined) =>
    asked(`policies.${name}`, whole(check, `policies.${name}`, value))
  const modes = check.words('tenant.policies.modes', modeWords, policies?.modes ?? [])
  const media = check.words('tenant.policies.media', mediumWords, policies?.media ?? [])
  return {
    orderIdRequired: asked('policies.order_id_required', policies?.orderIdRequired),
    verificationRequired: asked('policies.verification_required', policies?.verificationRequired),
    modes: asked('policies.modes', unlessEmpty(modes)),
    media: asked('policies.media', unlessEmpty(media)),
    maxWindowMs: length('max_window_ms', policies?.maxWindowMs),
    maxBookingAheadMs: length('max_booking_ahead_ms', policies?.maxBookingAheadMs),
    expiringLeadMs: length('expiring_lead_ms', policies?.expiringLeadMs),
  }
}
