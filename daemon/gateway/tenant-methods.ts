/** The methods of AdministrationService about tenants and pools. */
import { limits } from '../core/limits.js'
import type {
  CreatePoolRequest,
  CreatePoolResponse,
  CreateTenantRequest,
  CreateTenantResponse,
  GetPoolRequest,
  GetPoolResponse,
  GetTenantRequest,
  GetTenantResponse,
  ListPoolsRequest,
  ListPoolsResponse,
  ListTenantsRequest,
  ListTenantsResponse,
  UpdatePoolRequest,
  UpdateTenantRequest,
} from '../generated/xpool/v1/administration.js'
import { type AdministrationParts, change } from './administration-parts.js'
import { Check } from './check.js'
import { poolMessage, tenantMessage } from './directory-messages.js'
import { Failure } from './failure.js'
import { type List, readPageSize, readPageToken, writePageToken } from './page-token.js'
import { poolNotFound, tenantNotFound } from './place-command.js'
import { readPoolWanted } from './pool-wanted.js'
import { readTenantWanted } from './tenant-wanted.js'

type Kind = 'create' | 'update'

/** CreateTenant and UpdateTenant; on create the qualification must be given. */
export async function writeTenant(
  kind: Kind,
  { tenant, updateMask }: Partial<UpdateTenantRequest> & CreateTenantRequest,
  parts: AdministrationParts,
): Promise<CreateTenantResponse | Failure> {
  const check = new Check(parts.rules)
  if (tenant === undefined) return required('tenant')
  const name = check.name('tenant.name', tenant.name)
  const wanted = readTenantWanted(check, tenant, updateMask)
  if (kind === 'create' && wanted.qualification === undefined) {
    check.refuse('INVALID_OPTION', 'tenant.qualification', 'tenant.qualification is required')
  }
  if (check.fault !== undefined) return check.fault
  const answer = await change(parts, { type: `${kind}-tenant`, name, wanted })
  if (answer instanceof Failure) return answer
  if (answer.tenant === undefined) throw new Error('the directory answered without the tenant')
  return { tenant: tenantMessage(answer.tenant) }
}

/** CreatePool and UpdatePool. */
export async function writePool(
  kind: Kind,
  { pool, updateMask }: Partial<UpdatePoolRequest> & CreatePoolRequest,
  parts: AdministrationParts,
): Promise<CreatePoolResponse | Failure> {
  const check = new Check(parts.rules)
  if (pool === undefined) return required('pool')
  const name = check.name('pool.name', pool.name)
  const wanted = readPoolWanted(check, pool, updateMask)
  if (check.fault !== undefined) return check.fault
  const answer = await change(parts, { type: `${kind}-pool`, name, wanted })
  if (answer instanceof Failure) return answer
  if (answer.pool === undefined) throw new Error('the directory answered without the pool')
  return { pool: poolMessage(answer.pool, parts.directory) }
}

/** One tenant by name. */
export function getTenant({ name }: GetTenantRequest, parts: AdministrationParts): GetTenantResponse | Failure {
  const check = new Check(parts.rules)
  check.name('name', name)
  if (check.fault !== undefined) return check.fault
  parts.directory.refresh()
  const tenant = parts.directory.tenantByName(name)
  return tenant === undefined ? tenantNotFound : { tenant: tenantMessage(tenant) }
}

/** One pool by name. */
export function getPool({ name }: GetPoolRequest, parts: AdministrationParts): GetPoolResponse | Failure {
  const check = new Check(parts.rules)
  check.name('name', name)
  if (check.fault !== undefined) return check.fault
  parts.directory.refresh()
  const pool = parts.directory.poolByName(name)
  return pool === undefined ? poolNotFound : { pool: poolMessage(pool, parts.directory) }
}

export function listTenants(request: ListTenantsRequest, parts: AdministrationParts): ListTenantsResponse | Failure {
  const page = byName('tenants', request, parts, (after, limit) => parts.directory.tenants(after, limit))
  if (page instanceof Failure) return page
  return { tenants: page.rows.map(tenantMessage), nextPageToken: page.next }
}

export function listPools(request: ListPoolsRequest, parts: AdministrationParts): ListPoolsResponse | Failure {
  const page = byName('pools', request, parts, (after, limit) => parts.directory.pools(after, limit))
  if (page instanceof Failure) return page
  return { pools: page.rows.map((pool) => poolMessage(pool, parts.directory)), nextPageToken: page.next }
}

const namePattern = new RegExp(`^[a-z0-9._-]{1,${limits.nameChars}}$`)

/** One row more than asked for tells whether there is a next page. */
function byName<Row extends { readonly name: string }>(
  list: List,
  request: { readonly pageSize: number; readonly pageToken: string },
  parts: AdministrationParts,
  read: (after: string, limit: number) => readonly Row[],
): { readonly rows: readonly Row[]; readonly next: string } | Failure {
  const check = new Check(parts.rules)
  const size = readPageSize(check, request.pageSize)
  const token = readPageToken(check, list, request.pageToken, namePattern)
  if (check.fault !== undefined) return check.fault
  parts.directory.refresh()
  const rows = read(token?.[0] ?? '', size + 1)
  const page = rows.slice(0, size)
  return { rows: page, next: rows.length > size ? writePageToken(list, [page.at(-1)!.name]) : '' }
}

function required(field: string): Failure {
  return new Failure('FIELD_REQUIRED', `${field} is required`, { field })
}
