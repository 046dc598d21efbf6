/** The parties of a request: each a real number of somebody, and no two the same. */
import type { Party, TenantId } from '../core/binding.js'
import { limits } from '../core/limits.js'
import type { DirectoryView } from '../directory/view.js'
import type { Party as PartyMessage } from '../generated/xpool/v1/types.js'
import type { Check } from './check.js'
import { refusePoolNumber } from './wanted-terms.js'

export interface Parties {
  readonly a: Party | undefined
  readonly b: Party | undefined
  readonly members: readonly Party[]
}

interface PartiesRequest {
  readonly a: PartyMessage | undefined
  readonly b: PartyMessage | undefined
  readonly members: readonly PartyMessage[]
}

/** All parties of a request with their fields checked; what it returns after a fault means nothing. */
export function readParties(check: Check, request: PartiesRequest, directory: DirectoryView): Parties {
  const { a, b, members } = request
  if (members.length > limits.members) {
    check.refuse('TOO_MANY', 'members', `members holds at most ${limits.members}`)
    return { a: undefined, b: undefined, members: [] }
  }
  const parties: Parties = {
    a: a && readParty(check, 'a', a, directory),
    b: b && readParty(check, 'b', b, directory),
    members: members.map((member, i) => readParty(check, `members[${i}]`, member, directory)),
  }
  if (check.fault === undefined) refuseRepeats(check, parties)
  return parties
}

function readParty(check: Check, field: string, message: PartyMessage, directory: DirectoryView): Party {
  const number = check.number(`${field}.number`, message.number)
  const verificationRef = check.text(`${field}.verification_ref`, message.verificationRef)
  refusePoolNumber(check, `${field}.number`, number, directory)
  return { number, verificationRef }
}

function refuseRepeats(check: Check, { a, b, members }: Parties): void {
  if (members.length === 0) {
    if (a !== undefined && a.number === b?.number) sameParty(check, 'b.number')
    return
  }
  const seen = new Set<string>()
  if (a !== undefined) seen.add(a.number)
  if (b !== undefined && seen.has(b.number)) sameParty(check, 'b.number')
  for (const [i, { number }] of members.entries()) {
    if (seen.has(number)) sameParty(check, `members[${i}].number`)
    seen.add(number)
  }
}

function sameParty(check: Check, field: string): void {
  check.refuse('SAME_PARTY', field, `${field} is another party of the same binding`)
}

/** The fields of parties that are banned altogether: they are not allocated for. */
export function bannedParties(
  { a, b, members }: Parties,
  directory: DirectoryView,
  tenant: TenantId,
  clock: { now(): number },
): readonly string[] {
  const nowMs = clock.now()
  const isBanned = (party: Party) => directory.banned(party.number, '', tenant, nowMs)
  const fields: string[] = []
  if (a !== undefined && isBanned(a)) fields.push('a')
  if (b !== undefined && isBanned(b)) fields.push('b')
  for (const [i, member] of members.entries()) if (isBanned(member)) fields.push(`members[${i}]`)
  return fields
}
