/** AllocateRequest to AllocateCommand: syntax first, all of it, then the names. */
import type { Mode, NumberRef, PoolId } from '../core/binding.js'
import type { AllocateCommand } from '../core/commands.js'
import { limits } from '../core/limits.js'
import { modes } from '../core/modes.js'
import type { DirectoryView } from '../directory/view.js'
import type { AllocateRequest } from '../generated/xpool/v1/allocation.js'
import { Callback } from '../generated/xpool/v1/types.js'
import { Check } from './check.js'
import { Failure } from './failure.js'
import { allocateKey } from './fingerprint.js'
import { bannedParties, type Parties, readParties } from './parties.js'
import { type PlacedCommand, poolNotFound, type Surroundings, tenantNotFound } from './place-command.js'
import { readWantedTerms } from './wanted-terms.js'
import { modeWords, selectionWords } from './wire-words.js'

/** @param draw in [0, 1), at random: the core has no randomness of its own (I8) */
export function readAllocate(
  request: AllocateRequest,
  given: Surroundings,
  draw: number,
): PlacedCommand<AllocateCommand> | Failure {
  const { directory } = given
  const check = new Check(given.rules)
  const asked = readSyntax(check, request, directory)
  const { mode, parties, number, numberY } = asked
  if (check.fault !== undefined) return check.fault
  if (mode === undefined || parties.a === undefined) throw new Error('a mode or party is missing after its check')
  const tenant = directory.tenantByName(request.tenant)
  if (tenant === undefined) return tenantNotFound
  const pool = directory.poolByName(request.pool)
  if (pool === undefined) return poolNotFound
  const x = numberInPool(directory, 'number', number, pool.id)
  if (x instanceof Failure) return x
  const y = numberInPool(directory, 'number_y', numberY, pool.id)
  if (y instanceof Failure) return y
  const callbackNumber = asked.options.wanted.callbackNumber
  const command: AllocateCommand = {
    type: 'allocate',
    tenant: tenant.id,
    pool: pool.id,
    mode,
    a: parties.a,
    b: parties.b,
    members: parties.members,
    x,
    y,
    ...asked.options,
    request: allocateKey(request, { ...parties, callbackNumber, tenant: tenant.name, number, numberY }),
    banned: bannedParties(parties, directory, tenant.id, given.clock),
    draw,
  }
  return { shard: pool.shard, command }
}

function readSyntax(check: Check, request: AllocateRequest, directory: DirectoryView) {
  check.name('tenant', request.tenant)
  check.name('pool', request.pool)
  check.text('request_id', request.requestId)
  const mode = readMode(check, request.mode)
  const parties = readParties(check, request, directory)
  const number = check.numberIfGiven('number', request.number)
  const numberY = check.numberIfGiven('number_y', request.numberY)
  const options = readOptions(check, request, directory)
  if (mode !== undefined && check.fault === undefined) refuseMisfits(check, mode, parties, request)
  if (number !== '' && number === numberY) {
    check.refuse('INVALID_NUMBER', 'number_y', 'number_y must be another number than number')
  }
  return { mode, parties, number, numberY, options }
}

function readMode(check: Check, value: number): Mode | undefined {
  const mode = check.word('mode', modeWords, value, 'INVALID_MODE')
  if (mode === undefined) check.refuse('INVALID_MODE', 'mode', 'mode is required')
  return mode
}

function readOptions(check: Check, request: AllocateRequest, directory: DirectoryView) {
  return {
    areas: readAreas(check, request.areas),
    areaStrict: request.areaStrict ?? false,
    ...readWindow(check, request),
    wanted: readWantedTerms(check, request, directory),
    extension: readExtension(check, request.extension),
    selection: check.word('selection', selectionWords, request.selection),
    orderId: check.text('order_id', request.orderId),
    userData: check.bytes('user_data', request.userData, limits.userDataBytes),
  }
}

function readAreas(check: Check, areas: readonly string[]): string[] {
  if (areas.length > limits.areasPerRequest) {
    check.refuse('TOO_MANY', 'areas', `areas holds at most ${limits.areasPerRequest}`)
    return []
  }
  return areas.map((area, i) => {
    if (area === '') check.refuse('INVALID_OPTION', `areas[${i}]`, `areas[${i}] is empty`)
    return check.text(`areas[${i}]`, area, limits.areaBytes)
  })
}

/** What can be said of a window without `now` and the pool's defaults; the rest is the core's. */
function readWindow(check: Check, { startMs, expiry }: AllocateRequest) {
  const start = check.time('start_ms', startMs)
  const endMs = expiry?.$case === 'endMs' ? check.time('end_ms', expiry.value) : undefined
  const ttlMs = expiry?.$case === 'ttlMs' ? expiry.value : undefined
  check.integerIfGiven('ttl_ms', ttlMs, 1, limits.timeMs - 1, 'INVALID_WINDOW')
  if (start !== undefined && endMs !== undefined && endMs <= start) {
    check.refuse('INVALID_WINDOW', 'end_ms', 'end_ms must lie after start_ms')
  }
  return { startMs: start, endMs, ttlMs }
}

const extensionPattern = /^[0-9]{0,8}$/

/** A wanted extension; how many digits it needs is the pool's to say. */
function readExtension(check: Check, extension: string): string {
  if (!extensionPattern.test(extension)) {
    check.refuse('INVALID_EXTENSION', 'extension', 'extension must be 1 to 8 digits')
  }
  return extension
}

/** What a mode needs must be there, and what it has no place for must not: it would be dropped in silence. */
function refuseMisfits(check: Check, mode: Mode, { a, b, members }: Parties, request: AllocateRequest): void {
  const { needsB, needsMembers, needsY, needsExtension, hasCallback } = modes[mode]
  if (a === undefined) check.refuse('INVALID_NUMBER', 'a.number', 'a is required')
  if (needsB && b === undefined) check.refuse('INVALID_NUMBER', 'b.number', `b is required in mode ${mode}`)
  if (needsMembers && members.length === 0) check.refuse('INVALID_NUMBER', 'members', 'at least one member is required')
  const stray = (field: string) => check.refuse('INVALID_OPTION', field, `${field} has no place in mode ${mode}`)
  if (!needsB && b !== undefined) stray('b')
  if (!needsMembers && members.length > 0) stray('members')
  if (!needsY && request.numberY !== '') stray('number_y')
  if (!needsExtension && request.extension !== '') stray('extension')
  if (hasCallback) refuseCallbackMisfits(check, request)
  else refuseCallback(stray, request)
}

/** A number that is given and not rung would be dropped in silence; the window alone waits for a later update. */
function refuseCallbackMisfits(check: Check, { callback, callbackNumber = '' }: AllocateRequest): void {
  const fixed = callback === Callback.CALLBACK_FIXED
  if (fixed && callbackNumber === '') {
    check.refuse('INVALID_OPTION', 'callback_number', 'CALLBACK_FIXED needs a callback_number')
  }
  if (!fixed && callbackNumber !== '') {
    check.refuse('INVALID_OPTION', 'callback_number', 'callback_number is for CALLBACK_FIXED alone')
  }
}

function refuseCallback(stray: (field: string) => void, request: AllocateRequest): void {
  const { callback = Callback.CALLBACK_UNSPECIFIED, callbackNumber = '', callbackWindowMs } = request
  if (callback > Callback.CALLBACK_NONE) stray('callback')
  if (callbackNumber !== '') stray('callback_number')
  if (callbackWindowMs !== undefined) stray('callback_window_ms')
}

function numberInPool(
  directory: DirectoryView,
  field: string,
  digits: string,
  pool: PoolId,
): NumberRef | undefined | Failure {
  if (digits === '') return undefined
  const record = directory.number(digits)
  if (record === undefined || record.pool !== pool) {
    return new Failure('NUMBER_UNAVAILABLE', `${field} is no number of this pool`, { field })
  }
  return { ordinal: record.ordinal, digits }
}
