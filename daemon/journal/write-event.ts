/** Events of a shard as the ShardEvent of journal.proto, straight into bytes. */
import type { ProtoWriter } from '../bytes/proto-writer.js'
import { callerKeyBytes, writeCallerKey } from '../core/caller-key.js'
import type { RequestKey } from '../core/commands.js'
import type { MovedRemnant, ShardEvent } from '../core/events.js'
import type { CallerKey } from '../core/modes.js'
import type { PlacedReservation } from '../core/reservation.js'
import {
  callbackCodes,
  directionCodes,
  familyCodes,
  mediaBits,
  phaseCodes,
  roleCodes,
  routeDirectionCodes,
} from './codes.js'
import { writeBinding, writePackedIfAny } from './write-binding.js'

type Of<T extends ShardEvent['type']> = Extract<ShardEvent, { type: T }>

const bytesType = 2

export function writeEvent(out: ProtoWriter, event: ShardEvent): void {
  switch (event.type) {
    case 'allocated':
      return writeAllocated(out, event)
    case 'updated':
      return writeUpdated(out, event)
    case 'released':
      return writeReleased(out, event)
    case 'ended':
      return writeDue(out, 4, event, event.tenants)
    case 'freed':
      return writeDue(out, 5, event, [])
    case 'expiring':
      return writeDue(out, 10, event, event.tenants)
    case 'called':
      return writeCalled(out, event)
    default:
      return writeSmall(out, event)
  }
}

type SmallEvent = Of<'purged' | 'forgotten' | 'requests-dropped' | 'rate' | 'pool-level'>

function writeSmall(out: ProtoWriter, event: SmallEvent): void {
  const mark = out.open(smallFields[event.type])
  switch (event.type) {
    case 'purged':
      writePackedIntegers(out, 1, event.ordinals)
      out.double(2, event.atMs)
      break
    case 'forgotten':
      out.double(1, event.fromSeq)
      out.double(2, event.toSeq)
      out.double(3, event.atMs)
      break
    case 'requests-dropped':
      out.integer(1, event.beforeDay)
      out.double(2, event.atMs)
      break
    case 'rate':
      out.integer(1, event.tenant)
      out.double(2, event.theoreticalMs)
      break
    case 'pool-level':
      out.integer(1, event.pool)
      out.flag(2, event.low)
      out.integer(3, event.free)
      break
  }
  out.close(mark)
}

const smallFields = {
  purged: 6,
  forgotten: 7,
  'requests-dropped': 8,
  rate: 9,
  'pool-level': 12,
} as const satisfies Record<SmallEvent['type'], number>

function writeAllocated(out: ProtoWriter, event: Of<'allocated'>): void {
  const mark = out.openWide(1)
  const binding = out.openWide(1)
  writeBinding(out, event.binding, false)
  out.closeWide(binding)
  writeRequest(out, 2, event.request)
  if (event.nextExtension !== undefined) out.integer(3, event.nextExtension + 1)
  out.closeWide(mark)
}

function writeUpdated(out: ProtoWriter, event: Of<'updated'>): void {
  const mark = out.openWide(2)
  const binding = out.openWide(1)
  writeBinding(out, event.binding, false)
  out.closeWide(binding)
  for (const placed of event.removed) writeReservation(out, 2, placed)
  writeRequest(out, 3, event.request)
  out.closeWide(mark)
}

function writeReleased(out: ProtoWriter, event: Of<'released'>): void {
  const mark = out.open(3)
  out.double(1, event.seq)
  out.integer(2, event.revision)
  out.double(3, event.endMs)
  out.double(4, event.freeAtMs)
  out.text(5, event.reason)
  out.integer(6, event.tenant)
  out.close(mark)
}

function writeDue(
  out: ProtoWriter,
  field: number,
  { seqs, upTo }: Of<'ended' | 'freed' | 'expiring'>,
  tenants: readonly number[],
): void {
  const mark = out.openWide(field)
  if (seqs.length > 0) {
    const packed = out.openWide(1)
    for (const seq of seqs) out.rawDouble(seq)
    out.closeWide(packed)
  }
  out.double(2, upTo.ms)
  out.double(3, upTo.seq)
  writePackedIntegers(out, 4, tenants)
  out.closeWide(mark)
}

function writeCalled(out: ProtoWriter, event: Of<'called'>): void {
  const { report } = event
  const mark = out.open(11)
  out.double(1, event.seq)
  out.integer(2, event.tenant)
  out.text(3, report.callId)
  out.integer(4, phaseCodes.code(report.phase))
  out.double(5, report.atMs)
  writePackedIfAny(out, 6, report.caller ?? '')
  writePackedIfAny(out, 7, report.number)
  out.flag(8, report.answered)
  out.text(9, report.cause)
  out.double(10, event.heldUntilMs)
  out.double(11, event.freeAtMs)
  for (const remnant of event.remnants) writeRemnant(out, 12, remnant)
  out.close(mark)
}

function writeRemnant(out: ProtoWriter, field: number, remnant: MovedRemnant): void {
  const mark = out.open(field)
  out.integer(1, remnant.ordinal)
  writeKey(out, 2, remnant.key)
  out.double(3, remnant.endMs)
  out.double(4, remnant.heldUntilMs)
  out.double(5, remnant.freeAtMs)
  out.close(mark)
}

/** A reservation repeats what its route says; the row holds it once. */
function writeReservation(out: ProtoWriter, field: number, { route, reservation }: PlacedReservation): void {
  const mark = out.openWide(field)
  out.integer(1, route.on.ordinal)
  writePackedIfAny(out, 2, route.on.digits)
  writeKey(out, 3, route.key)
  out.double(4, reservation.seq)
  out.integer(5, reservation.tenant)
  out.integer(6, roleCodes.code(reservation.role))
  out.double(7, reservation.startMs)
  out.double(8, reservation.endMs)
  out.integer(9, reservation.graceMs)
  out.double(10, reservation.freeAtMs)
  out.flag(11, reservation.released)
  writePackedIfAny(out, 12, reservation.callee)
  writePackedIfAny(out, 13, reservation.owner)
  writePackedIfAny(out, 14, reservation.display)
  out.integer(15, routeDirectionCodes.code(reservation.routeDirection))
  out.flag(16, reservation.callerIsParty)
  out.integer(17, directionCodes.code(reservation.direction))
  out.integer(18, directionCodes.code(reservation.graceDirection))
  out.integer(19, mediaBits(reservation.media))
  out.integer(20, callbackCodes.code(reservation.callback))
  out.integer(21, reservation.maxCallMs)
  out.integer(22, reservation.maxCalls)
  out.flag(23, reservation.record)
  out.flag(24, reservation.hasUserData)
  out.flag(25, reservation.removed)
  out.double(26, route.sinceMs)
  out.integer(27, familyCodes.code(reservation.family))
  out.double(28, reservation.heldUntilMs)
  out.closeWide(mark)
}

function writeKey(out: ProtoWriter, field: number, key: CallerKey): void {
  out.tag(field, bytesType)
  out.varint(callerKeyBytes)
  const at = out.skip(callerKeyBytes)
  writeCallerKey(key, out.bytes, at)
}

function writeRequest(out: ProtoWriter, field: number, request: RequestKey | undefined): void {
  if (request === undefined) return
  const mark = out.open(field)
  out.text(1, request.id)
  out.latin1(2, request.fingerprint)
  out.close(mark)
}

function writePackedIntegers(out: ProtoWriter, field: number, values: readonly number[]): void {
  if (values.length === 0) return
  const mark = out.open(field)
  for (const value of values) out.varint(value)
  out.close(mark)
}
