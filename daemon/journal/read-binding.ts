/** A binding from its row in the store, without the generated code: the counterpart of write-binding.ts. */
import { ProtoReader } from '../bytes/proto-reader.js'
import type { Binding, BoundParty, NumberRef, Terms } from '../core/binding.js'
import { required } from './binding-row.js'
import { callbackCodes, directionCodes, mediaOf, modeCodes } from './codes.js'
import { readDigits } from './digit-bytes.js'
import { UnreadableBytes } from './unreadable-bytes.js'

/** What a row says of its binding. */
export interface BindingRowContent {
  readonly binding: Binding
  /** Of what was asked under the binding's request id: 32 bytes as latin1 text; empty where it has no id. */
  readonly fingerprint: string
}

type Open<T> = { -readonly [K in keyof T]: T[K] }
/** Of a row that is read: what every row has may be missing still. */
type Draft = Open<Omit<Binding, 'a' | 'x' | 'mode' | 'terms' | 'b' | 'members'>> & {
  a: Open<BoundParty> | undefined
  b: Open<BoundParty> | undefined
  members: Open<BoundParty>[]
  x: NumberRef | undefined
  terms: Terms | undefined
  modeCode: number
  userDataApart: boolean
  fingerprint: string
}

const noBytes = Buffer.alloc(0)
const none: never[] = []

/** @param userDataOf is asked where the user data stands apart. Throws UnreadableBytes. */
export function readBindingRow(bytes: Uint8Array, userDataOf: () => Uint8Array): BindingRowContent {
  try {
    const draft = readDraft(new ProtoReader(bytes))
    return {
      binding: bindingOf(draft, draft.userDataApart ? userDataOf() : draft.userData),
      fingerprint: draft.fingerprint,
    }
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new UnreadableBytes(error.message)
    throw error
  }
}

function bindingOf(draft: Draft, userData: Uint8Array): Binding {
  const { startMs, b } = draft
  const a = required(draft.a, 'party A')
  // A party's time is counted from the start, which stands behind it.
  a.sinceMs += startMs
  if (b !== undefined) b.sinceMs += startMs
  for (const member of draft.members) member.sinceMs += startMs
  return {
    seq: draft.seq,
    revision: draft.revision,
    tenant: draft.tenant,
    pool: draft.pool,
    mode: modeCodes.word(draft.modeCode),
    a,
    b,
    members: draft.members,
    firstParties: draft.firstParties,
    x: required(draft.x, 'number'),
    y: draft.y,
    extension: draft.extension,
    createdMs: draft.createdMs,
    startMs,
    endMs: draft.endMs,
    heldUntilMs: draft.heldUntilMs,
    freeAtMs: draft.freeAtMs,
    released: draft.released,
    releaseReason: draft.releaseReason,
    terms: required(draft.terms, 'terms'),
    area: draft.area,
    orderId: draft.orderId,
    userData,
    requestId: draft.requestId,
  }
}

function blank(): Draft {
  return {
    seq: 0,
    revision: 0,
    tenant: 0,
    pool: 0,
    modeCode: 0,
    a: undefined,
    b: undefined,
    members: none,
    firstParties: none,
    x: undefined,
    y: undefined,
    extension: '',
    createdMs: 0,
    startMs: 0,
    endMs: 0,
    heldUntilMs: 0,
    freeAtMs: 0,
    released: false,
    releaseReason: '',
    terms: undefined,
    area: '',
    orderId: '',
    userData: noBytes,
    requestId: '',
    userDataApart: false,
    fingerprint: '',
  }
}

function readDraft(from: ProtoReader): Draft {
  const draft = blank()
  while (from.next()) {
    // Two functions, so that each stays small enough to be compiled well; later fields are rarer.
    if (from.field <= 13) readEarly(from, draft)
    else readLate(from, draft)
  }
  return draft
}

function readEarly(from: ProtoReader, draft: Draft): void {
  switch (from.field) {
    case 1:
      draft.seq = from.double()
      break
    case 2:
      draft.revision = from.integer()
      break
    case 3:
      draft.tenant = from.integer()
      break
    case 4:
      draft.pool = from.integer()
      break
    case 5:
      draft.modeCode = from.integer()
      break
    case 6:
      draft.a = readParty(from)
      break
    case 7:
      draft.b = readParty(from)
      break
    case 8:
      draft.members = [...draft.members, readParty(from)]
      break
    case 9:
      draft.x = readNumber(from)
      break
    case 10:
      draft.y = readNumber(from)
      break
    case 11:
      draft.extension = from.text()
      break
    case 12:
      draft.createdMs = from.double()
      break
    case 13:
      draft.startMs = from.double()
      break
    default:
      from.skip()
  }
}

function readLate(from: ProtoReader, draft: Draft): void {
  switch (from.field) {
    case 14:
      draft.endMs = from.double()
      break
    case 15:
      draft.freeAtMs = from.double()
      break
    case 16:
      draft.released = from.flag()
      break
    case 17:
      draft.releaseReason = from.text()
      break
    case 18:
      draft.terms = readTerms(from)
      break
    case 19:
      draft.area = from.text()
      break
    case 20:
      draft.orderId = from.text()
      break
    case 21:
      draft.userData = from.copied()
      break
    case 22:
      draft.requestId = from.text()
      break
    case 23:
      draft.userDataApart = from.flag()
      break
    case 24:
      draft.firstParties = [...draft.firstParties, packed(from)]
      break
    case 25:
      draft.heldUntilMs = from.double()
      break
    case 26:
      draft.fingerprint = from.latin1()
      break
    default:
      from.skip()
  }
}

/** Digits, packed two to a byte. */
function packed(from: ProtoReader): string {
  const length = from.enter()
  const at = from.at
  from.at = at + length
  return readDigits(from.bytes, at, length)
}

function readParty(from: ProtoReader): Open<BoundParty> {
  const party = { number: '', verificationRef: '', sinceMs: 0 }
  const outer = from.begin()
  while (from.next()) {
    if (from.field === 1) party.number = packed(from)
    else if (from.field === 2) party.verificationRef = from.text()
    else if (from.field === 3) party.sinceMs = from.double()
    else from.skip()
  }
  from.end = outer
  return party
}

function readNumber(from: ProtoReader): NumberRef {
  const number = { ordinal: 0, digits: '' }
  const outer = from.begin()
  while (from.next()) {
    if (from.field === 1) number.ordinal = from.integer()
    else if (from.field === 2) number.digits = packed(from)
    else from.skip()
  }
  from.end = outer
  return number
}

function readTerms(from: ProtoReader): Terms {
  const values = termValues
  values.fill(0)
  let callbackNumber = ''
  const outer = from.begin()
  while (from.next()) {
    const { field } = from
    if (field === 11) callbackNumber = packed(from)
    else if (field === 12) values[12] = from.double()
    else if (field <= 10) values[field] = from.integer()
    else from.skip()
  }
  from.end = outer
  return {
    graceMs: values[1]!,
    graceDirection: directionCodes.word(values[2]!),
    cooldownMs: values[3]!,
    direction: directionCodes.word(values[4]!),
    media: mediaOf(values[5]!),
    maxCallMs: values[6]!,
    maxCalls: values[7]!,
    releaseOnHangup: values[8] === 1,
    record: values[9] === 1,
    callback: callbackCodes.word(values[10]!),
    callbackNumber,
    callbackWindowMs: values[12]!,
  }
}

/** The numbers of one row's terms while they are read, by field. */
const termValues = new Float64Array(13)
