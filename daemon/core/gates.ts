/** A tenant's gates, in the order of an Allocate: qualification, pool, policies, bans. */
import type { Mode, Party } from './binding.js'
import type { Refusal } from './commands.js'
import { isQualified, type Pool, type Tenant } from './directory.js'
import { refuse } from './refusal.js'

/** PENDING and expired are not qualified yet; SUSPENDED and REVOKED are not any more. */
export function checkQualification(tenant: Tenant, now: number): Refusal | undefined {
  if (isQualified(tenant, now)) return undefined
  const { name, qualification } = tenant
  if (qualification === 'SUSPENDED' || qualification === 'REVOKED') {
    return refuse('TENANT_SUSPENDED', `tenant ${name} is ${qualification.toLowerCase()}`)
  }
  const why = qualification === 'PENDING' ? 'is not approved yet' : 'has an approval that has expired'
  return refuse('TENANT_NOT_QUALIFIED', `tenant ${name} ${why}`)
}

export function checkPool(tenant: Tenant, pool: Pool): Refusal | undefined {
  if (pool.tenants.includes(tenant.id)) return undefined
  return refuse('POOL_NOT_PERMITTED', `tenant ${tenant.name} may not allocate from pool ${pool.name}`, {
    field: 'pool',
  })
}

export function checkMode(tenant: Tenant, mode: Mode): Refusal | undefined {
  const { modes } = tenant.policies
  if (modes.length === 0 || modes.includes(mode)) return undefined
  return refuse('MODE_NOT_PERMITTED', `tenant ${tenant.name} is not permitted mode ${mode}`, { field: 'mode' })
}

export function checkOrder(tenant: Tenant, orderId: string): Refusal | undefined {
  if (!tenant.policies.orderIdRequired || orderId !== '') return undefined
  return refuse('ORDER_REQUIRED', `tenant ${tenant.name} must name an order_id`, { field: 'order_id' })
}

/** @param field the proto field of the party */
export function checkVerification(tenant: Tenant, party: Party, field: string): Refusal | undefined {
  if (!tenant.policies.verificationRequired || party.verificationRef !== '') return undefined
  return refuse('PARTY_NOT_VERIFIED', `tenant ${tenant.name} must give a verification_ref for every party`, {
    field: `${field}.verification_ref`,
  })
}

/** @param banned proto fields of the parties that are banned altogether */
export function checkBanned(banned: readonly string[]): Refusal | undefined {
  const field = banned[0]
  if (field === undefined) return undefined
  return refuse('PARTY_BANNED', `${field} is banned from calling`, { field })
}
