/** Commands laid flat (flat.ts), and read back as they were. */
import type { NumberRef, Party, Selection } from '../core/binding.js'
import type {
  AllocateCommand,
  Command,
  ReleaseCommand,
  ReportCallCommand,
  RequestKey,
  UpdateCommand,
  WantedTerms,
} from '../core/commands.js'
import { callbackCodes, directionCodes, modeCodes, phaseCodes } from '../journal/codes.js'
import type { FlatReader, FlatWriter } from './flat.js'
import type { SentCommand } from './messages.js'

const kinds = { allocate: 1, release: 2, update: 3, 'report-call': 4 } as const satisfies Record<
  Command['type'],
  number
>
const selections: readonly Selection[] = ['PACK', 'SPREAD', 'RANDOM']

/** Lays a command and its envelope flat. */
export function writeSent(out: FlatWriter, { id, shard, command, deadlineMs }: SentCommand): void {
  out.number(id)
  out.number(shard)
  out.number(deadlineMs)
  out.number(kinds[command.type])
  switch (command.type) {
    case 'allocate':
      return writeAllocate(out, command)
    case 'release':
      return writeRelease(out, command)
    case 'update':
      return writeUpdate(out, command)
    case 'report-call':
      return writeReport(out, command)
  }
}

export function readSent(from: FlatReader): SentCommand {
  const id = from.number()
  const shard = from.number()
  const deadlineMs = from.number()
  return { id, shard, command: readCommand(from), deadlineMs }
}

function readCommand(from: FlatReader): Command {
  const kind = from.number()
  switch (kind) {
    case kinds.allocate:
      return readAllocate(from)
    case kinds.release:
      return { type: 'release', seq: from.number(), tenant: from.optional(), reason: from.text() }
    case kinds.update:
      return readUpdate(from)
    case kinds['report-call']:
      return readReport(from)
    default:
      throw new RangeError(`${kind} is no kind of command`)
  }
}

function writeAllocate(out: FlatWriter, command: AllocateCommand): void {
  out.number(command.tenant)
  out.number(command.pool)
  out.number(modeCodes.code(command.mode))
  writeParty(out, command.a)
  writeParty(out, command.b)
  writeMembers(out, command.members)
  writeNumber(out, command.x)
  writeNumber(out, command.y)
  writeTexts(out, command.areas)
  out.flag(command.areaStrict)
  out.optional(command.startMs)
  out.optional(command.endMs)
  out.optional(command.ttlMs)
  writeWanted(out, command.wanted)
  out.text(command.extension)
  out.number(command.selection === undefined ? -1 : selections.indexOf(command.selection))
  out.text(command.orderId)
  out.bytes(command.userData)
  writeRequest(out, command.request)
  writeTexts(out, command.banned)
  out.number(command.draw)
}

/** The properties are read in the order in which they stand here. */
function readAllocate(from: FlatReader): AllocateCommand {
  return {
    type: 'allocate',
    tenant: from.number(),
    pool: from.number(),
    mode: modeCodes.word(from.number()),
    a: required(readParty(from)),
    b: readParty(from),
    members: readMembers(from),
    x: readNumber(from),
    y: readNumber(from),
    areas: readTexts(from),
    areaStrict: from.flag(),
    startMs: from.optional(),
    endMs: from.optional(),
    ttlMs: from.optional(),
    wanted: readWanted(from),
    extension: from.text(),
    selection: selections[from.number()],
    orderId: from.text(),
    userData: from.bytes(),
    request: readRequest(from),
    banned: readTexts(from),
    draw: from.number(),
  }
}

function writeRelease(out: FlatWriter, command: ReleaseCommand): void {
  out.number(command.seq)
  out.optional(command.tenant)
  out.text(command.reason)
}

function writeUpdate(out: FlatWriter, command: UpdateCommand): void {
  out.number(command.seq)
  out.optional(command.tenant)
  out.optional(command.expectedRevision)
  out.optional(command.endMs)
  writeParty(out, command.a)
  writeParty(out, command.b)
  writeMembers(out, command.members)
  writeWanted(out, command.wanted)
  out.optionalText(command.orderId)
  out.optionalBytes(command.userData)
  writeRequest(out, command.request)
  writeTexts(out, command.banned)
}

function readUpdate(from: FlatReader): UpdateCommand {
  return {
    type: 'update',
    seq: from.number(),
    tenant: from.optional(),
    expectedRevision: from.optional(),
    endMs: from.optional(),
    a: readParty(from),
    b: readParty(from),
    members: readMembers(from),
    wanted: readWanted(from),
    orderId: from.optionalText(),
    userData: from.optionalBytes(),
    request: readRequest(from),
    banned: readTexts(from),
  }
}

function writeReport(out: FlatWriter, { seq, report }: ReportCallCommand): void {
  out.number(seq)
  out.text(report.callId)
  out.number(phaseCodes.code(report.phase))
  out.optional(report.atMs)
  out.optionalText(report.caller)
  out.text(report.number)
  out.flag(report.answered)
  out.text(report.cause)
}

function readReport(from: FlatReader): ReportCallCommand {
  return {
    type: 'report-call',
    seq: from.number(),
    report: {
      callId: from.text(),
      phase: phaseCodes.word(from.number()),
      atMs: from.optional(),
      caller: from.optionalText(),
      number: from.text(),
      answered: from.flag(),
      cause: from.text(),
    },
  }
}

function writeParty(out: FlatWriter, party: Party | undefined): void {
  out.optionalText(party?.number)
  if (party !== undefined) out.text(party.verificationRef)
}

function readParty(from: FlatReader): Party | undefined {
  const number = from.optionalText()
  return number === undefined ? undefined : { number, verificationRef: from.text() }
}

function writeMembers(out: FlatWriter, members: readonly Party[]): void {
  out.number(members.length)
  for (const member of members) writeParty(out, member)
}

function readMembers(from: FlatReader): readonly Party[] {
  return from.list((each) => required(readParty(each)))
}

function writeNumber(out: FlatWriter, number: NumberRef | undefined): void {
  out.optional(number?.ordinal)
  if (number !== undefined) out.text(number.digits)
}

function readNumber(from: FlatReader): NumberRef | undefined {
  const ordinal = from.optional()
  return ordinal === undefined ? undefined : { ordinal, digits: from.text() }
}

function writeWanted(out: FlatWriter, wanted: WantedTerms): void {
  out.optional(wanted.graceMs)
  out.number(wanted.graceDirection === undefined ? 0 : directionCodes.code(wanted.graceDirection))
  out.optional(wanted.cooldownMs)
  out.number(wanted.direction === undefined ? 0 : directionCodes.code(wanted.direction))
  out.number(mediaCode(wanted.media))
  out.optional(wanted.maxCallMs)
  out.optional(wanted.maxCalls)
  out.optionalFlag(wanted.releaseOnHangup)
  out.optionalFlag(wanted.record)
  out.number(wanted.callback === undefined ? 0 : callbackCodes.code(wanted.callback))
  out.optionalText(wanted.callbackNumber)
  out.optional(wanted.callbackWindowMs)
}

function readWanted(from: FlatReader): WantedTerms {
  return {
    graceMs: from.optional(),
    graceDirection: wordOf(directionCodes, from.number()),
    cooldownMs: from.optional(),
    direction: wordOf(directionCodes, from.number()),
    media: mediaLists[from.number()] ?? [],
    maxCallMs: from.optional(),
    maxCalls: from.optional(),
    releaseOnHangup: from.optionalFlag(),
    record: from.optionalFlag(),
    callback: wordOf(callbackCodes, from.number()),
    callbackNumber: from.optionalText(),
    callbackWindowMs: from.optional(),
  }
}

/** Every list there is, in the order in which it was asked for; none is the default. */
const mediaLists: readonly WantedTerms['media'][] = [[], ['VOICE'], ['SMS'], ['VOICE', 'SMS'], ['SMS', 'VOICE']]

function mediaCode(media: WantedTerms['media']): number {
  if (media.length < 2) return media.length === 0 ? 0 : media[0] === 'VOICE' ? 1 : 2
  return media[0] === 'VOICE' ? 3 : 4
}

function wordOf<W extends string>(codes: { word(code: number): W }, code: number): W | undefined {
  return code === 0 ? undefined : codes.word(code)
}

function writeRequest(out: FlatWriter, request: RequestKey | undefined): void {
  out.optionalText(request?.id)
  if (request !== undefined) out.text(request.fingerprint)
}

function readRequest(from: FlatReader): RequestKey | undefined {
  const id = from.optionalText()
  return id === undefined ? undefined : { id, fingerprint: from.text() }
}

function writeTexts(out: FlatWriter, texts: readonly string[]): void {
  out.number(texts.length)
  for (const text of texts) out.text(text)
}

function readTexts(from: FlatReader): readonly string[] {
  return from.list((each) => each.text())
}

function required<T>(part: T | undefined): T {
  if (part === undefined) throw new RangeError('a party is missing')
  return part
}
