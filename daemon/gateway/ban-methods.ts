/** Bans: a tenant's own, an operator's, and the list that shows nobody in clear. */
import { setImmediate } from 'node:timers/promises'
import type { Ban } from '../core/directory.js'
import { limits } from '../core/limits.js'
import type { DirectoryCommand } from '../directory/commands.js'
import type {
  BanCallerRequest,
  BanCallerResponse,
  Ban as BanMessage,
  ListBansRequest,
  ListBansResponse,
  UnbanCallerRequest,
  UnbanCallerResponse,
} from '../generated/xpool/v1/administration.js'
import { mask } from '../log/mask.js'
import { type AdministrationParts, change } from './administration-parts.js'
import { bounds } from './bounds.js'
import { Check } from './check.js'
import { Failure } from './failure.js'
import { readPageSize, readPageToken, writePageToken } from './page-token.js'
import { tenantIfNamed } from './place-command.js'
import { open, seal } from './sealed-text.js'

type BanParts = Pick<AdministrationParts, 'directory' | 'directoryClient' | 'rules'>

/** Whose bans a request may make or lift: an operator's, or the one tenant's that asks. */
export type BanScope = 'any tenant' | 'own tenant'

/** BanCaller and BanPartyCaller. */
export async function banCaller(
  request: BanCallerRequest,
  scope: BanScope,
  parts: BanParts,
): Promise<BanCallerResponse | Failure> {
  const check = new Check(parts.rules)
  const target = readTarget(check, request, scope)
  const untilMs = check.time('until_ms', request.untilMs)
  const reason = check.text('reason', request.reason)
  if (check.fault !== undefined) return check.fault
  const command: DirectoryCommand = { type: 'ban', ...target, untilMs, reason }
  const answer = await change(parts, command)
  return answer instanceof Failure ? answer : {}
}

/** UnbanCaller and UnbanPartyCaller. */
export async function unbanCaller(
  request: UnbanCallerRequest,
  scope: BanScope,
  parts: BanParts,
): Promise<UnbanCallerResponse | Failure> {
  const check = new Check(parts.rules)
  const target = readTarget(check, request, scope)
  if (check.fault !== undefined) return check.fault
  const answer = await change(parts, { type: 'unban', ...target })
  return answer instanceof Failure ? answer : { lifted: answer.lifted ?? false }
}

/** Digits pass as they were sent: the directory makes them canonical, once. */
function readTarget(check: Check, { caller, callee, tenant }: UnbanCallerRequest, scope: BanScope) {
  if (scope === 'own tenant') check.name('tenant', tenant)
  else check.text('tenant', tenant, limits.nameChars)
  check.number('caller', caller)
  check.numberIfGiven('callee', callee)
  return { caller, callee, tenant }
}

/** A nonce, a tag and the directory's own token, sealed: that one may hold a caller's digits. */
const sealedPattern = /^[A-Za-z0-9_-]+$/

/** A page of bans; it may be shorter than asked for and yet have a successor. */
export async function listBans(
  request: ListBansRequest,
  parts: AdministrationParts,
  signal: AbortSignal,
): Promise<ListBansResponse | Failure> {
  const { directory, pageKey } = parts
  const check = new Check(parts.rules)
  const caller = check.numberIfGiven('caller', request.caller)
  check.text('tenant', request.tenant, limits.nameChars)
  const size = readPageSize(check, request.pageSize)
  const [sealed] = readPageToken(check, 'bans', request.pageToken, sealedPattern) ?? []
  const start = sealed === undefined ? '' : open(sealed, pageKey)
  if (start === undefined)
    check.refuse('INVALID_PAGE_TOKEN', 'page_token', 'page_token is none that this list gave out')
  if (check.fault !== undefined) return check.fault
  directory.refresh()
  const tenant = tenantIfNamed(directory, request.tenant)
  if (tenant instanceof Failure) return tenant
  const passes = (ban: Ban) =>
    (caller === '' || ban.caller === caller) && (tenant === undefined || ban.tenant === tenant)
  const { bans, next } = await collect(passes, size, start ?? '', parts, signal)
  return {
    bans: bans.map((ban) => banMessage(ban, directory)),
    nextPageToken: next === undefined ? '' : writePageToken('bans', [seal(next, pageKey)]),
  }
}

/** Bans that pass, until the page is full, the end, or as many rows as one call examines. No chunk overfills the page. */
async function collect(
  passes: (ban: Ban) => boolean,
  size: number,
  start: string,
  { directory, clock }: AdministrationParts,
  signal: AbortSignal,
): Promise<{ readonly bans: Ban[]; readonly next: string | undefined }> {
  const found: Ban[] = []
  let after = start
  for (let examined = 0; examined < bounds.scanRowsPerCall && found.length < size; ) {
    const chunk = Math.min(size - found.length, bounds.scanRowsPerChunk)
    const { bans, next } = directory.bans(after, chunk, clock.now())
    found.push(...bans.filter(passes))
    if (next === undefined) return { bans: found, next }
    after = next
    examined += chunk
    if (signal.aborted) break
    await setImmediate()
    directory.refresh()
  }
  return { bans: found, next: after }
}

function banMessage(ban: Ban, directory: AdministrationParts['directory']): BanMessage {
  const { caller, callee, tenant, untilMs, reason, sinceMs } = ban
  return {
    caller: mask(caller),
    callee: callee === undefined ? '' : mask(callee),
    tenant: tenant === undefined ? '' : (directory.tenant(tenant)?.name ?? ''),
    untilMs,
    reason,
    sinceMs,
  }
}
