/** ReleaseRequest and UpdateRequest to their commands. */
import type { TenantId } from '../core/binding.js'
import type { BindingPlace } from '../core/binding-id.js'
import type { ReleaseCommand, UpdateCommand } from '../core/commands.js'
import { limits } from '../core/limits.js'
import type { ReleaseRequest, UpdateRequest } from '../generated/xpool/v1/allocation.js'
import { Check } from './check.js'
import { Failure } from './failure.js'
import { updateKey } from './fingerprint.js'
import { bannedParties, type Parties, readParties } from './parties.js'
import { type PlacedCommand, placeOf, type Surroundings, tenantIfNamed } from './place-command.js'
import { readWantedTerms } from './wanted-terms.js'

/** A release by binding id, of anybody or of the tenant that is named. */
export function readRelease(request: ReleaseRequest, given: Surroundings): PlacedCommand | Failure {
  const check = new Check(given.rules)
  const reason = check.text('reason', request.reason)
  check.text('tenant', request.tenant, limits.nameChars)
  const place = placeOf(check, request.bindingId, given.shards)
  if (place instanceof Failure) return place
  const tenant = tenantIfNamed(given.directory, request.tenant)
  if (tenant instanceof Failure) return tenant
  const command: ReleaseCommand = { type: 'release', seq: place.seq, tenant, reason }
  return { shard: place.shard, command }
}

/** An update; what the binding itself says of it is for the core to hold against. */
export function readUpdate(request: UpdateRequest, given: Surroundings): PlacedCommand | Failure {
  const check = new Check(given.rules)
  const asked = readChanges(check, request, given)
  const place = placeOf(check, request.bindingId, given.shards)
  if (place instanceof Failure) return place
  const tenant = tenantIfNamed(given.directory, request.tenant)
  if (tenant instanceof Failure) return tenant
  const callbackNumber = asked.wanted.callbackNumber
  const command: UpdateCommand = {
    type: 'update',
    seq: place.seq,
    tenant,
    ...asked,
    banned: bannedIn(asked, place, tenant, given),
    request: updateKey(request, { ...asked, callbackNumber }),
  }
  return { shard: place.shard, command }
}

/** A ban may be one tenant's: whose the binding is, an update need not say. */
function bannedIn(
  parties: Parties,
  place: BindingPlace,
  named: TenantId | undefined,
  { directory, clock, tenantOf }: Surroundings,
): readonly string[] {
  if (parties.a === undefined && parties.b === undefined && parties.members.length === 0) return []
  const tenant = named ?? tenantOf(place)
  return tenant === undefined ? [] : bannedParties(parties, directory, tenant, clock)
}

function readChanges(check: Check, request: UpdateRequest, { directory }: Surroundings) {
  check.text('tenant', request.tenant, limits.nameChars)
  check.text('request_id', request.requestId)
  if (request.a !== undefined && request.b !== undefined) {
    check.refuse('INVALID_OPTION', 'b', 'a and b cannot change at once')
  }
  const { expectedRevision, orderId, userData } = request
  return {
    ...readParties(check, request, directory),
    expectedRevision: check.integerIfGiven('expected_revision', expectedRevision, 1, Number.MAX_SAFE_INTEGER),
    endMs: check.time('end_ms', request.endMs),
    wanted: readWantedTerms(check, request, directory),
    orderId: orderId === undefined ? undefined : check.text('order_id', orderId),
    userData: userData === undefined ? undefined : check.bytes('user_data', userData, limits.userDataBytes),
  }
}
