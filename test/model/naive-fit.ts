/**
 * Whether numbers fit a wanted binding. Three answers: `maybe` is where the
 * rules leave room, and there the model accepts whatever the core does.
 */
import type { Seq, TenantId } from '../../daemon/core/binding.js'
import { limits } from '../../daemon/core/limits.js'
import { allExtensions, familyOf, type Place, placesOf, type RouteParts } from './naive-routes.js'
import type { Held, NaiveNumber, NaiveShard } from './naive-shard.js'

export type Fit = 'yes' | 'maybe' | 'no'

export interface Wanted {
  readonly tenant: TenantId
  readonly parts: Omit<RouteParts, 'x' | 'y'>
  readonly start: number
  readonly end: number
  readonly freeAt: number
  /** An update asks for itself. */
  readonly self?: Seq
}

export interface KeyFit {
  readonly fit: Fit
  /** What stands there has ended by the new start, and was the same pair's. */
  readonly takesOver: Held | undefined
  /** Start of a later reservation of the same pair: there the cooldown ends. */
  readonly cutAt: number | undefined
  /** What is in the way. */
  readonly blocker: Held | undefined
}

export function worst(fits: readonly Fit[]): Fit {
  if (fits.includes('no')) return 'no'
  return fits.includes('maybe') ? 'maybe' : 'yes'
}

/** One key: (number, caller) for a call to `callee`. */
export function keyFit(
  shard: NaiveShard,
  now: number,
  wanted: Wanted,
  place: Pick<Place, 'ordinal' | 'caller' | 'owner'>,
): KeyFit {
  const standing = shard
    .on(place.ordinal, place.caller, now)
    .filter((held) => held.removed || held.seq !== wanted.self)
    .filter((held) => held.from < wanted.freeAt && wanted.start < held.freeAt)
  const found = { fit: 'yes' as Fit, takesOver: undefined as Held | undefined, cutAt: undefined as number | undefined }
  for (const held of standing) {
    const samePair = held.tenant === wanted.tenant && held.owner === place.owner
    // Who was removed may come back onto the route, even while the call is on.
    if (samePair && held.seq === wanted.self) continue
    if (samePair && held.heldUntil <= wanted.start) {
      found.takesOver = held
      // An update that adds a party "needs a free key": the rules do not say whether it may take over.
      if (wanted.self !== undefined) found.fit = worst([found.fit, 'maybe'])
    } else if (samePair && held.from >= wanted.end) {
      found.cutAt = Math.min(held.from, found.cutAt ?? held.from)
    } else if (isTailOnly(shard, held, wanted)) {
      found.fit = worst([found.fit, 'maybe'])
    } else {
      return { fit: 'no', takesOver: undefined, cutAt: undefined, blocker: held }
    }
  }
  const full = shard.on(place.ordinal, place.caller, now).length >= limits.reservationsPerKey
  return { ...found, fit: full ? worst([found.fit, 'maybe']) : found.fit, blocker: undefined }
}

/**
 * The wanted window meets only the part of a cooldown that a later booking
 * takes over: gone if that booking begins, back if it is released before.
 */
function isTailOnly(shard: NaiveShard, held: Held, wanted: Wanted): boolean {
  return shard.successors(held).some((next) => next.from > held.from && next.from <= wanted.start)
}

export interface Candidate {
  readonly x: NaiveNumber
  readonly y: NaiveNumber | undefined
  readonly fit: Fit
  /** Every key of the binding is one the same pair is cooling on now. */
  readonly sticky: Fit
  readonly takesOver: boolean
  readonly cuts: readonly number[]
  readonly numbers: readonly NaiveNumber[]
}

export interface Rules {
  readonly maxBindingsPerNumber: number
  /** undefined: any. */
  readonly areas: readonly string[] | undefined
  readonly extensionDigits: number
}

export function numberIsOpen(shard: NaiveShard, now: number, number: NaiveNumber, rules: Rules): boolean {
  if (number.state !== 'IN_SERVICE') return false
  if (rules.areas !== undefined && !rules.areas.includes(number.area)) return false
  return shard.liveOn(number.ordinal, now) < rules.maxBindingsPerNumber
}

export function candidate(
  shard: NaiveShard,
  now: number,
  wanted: Wanted,
  rules: Rules,
  x: NaiveNumber,
  y: NaiveNumber | undefined,
): Candidate {
  const numbers = y === undefined ? [x] : [x, y]
  const keys = placesOf({ ...wanted.parts, x, y }).map((place) => keyFit(shard, now, wanted, place))
  const fits = [...keys.map((key) => key.fit), ...numbers.map(openFit)]
  fits.push(...numbers.map((number) => familyFit(shard, now, wanted, number)))
  if (choosesExtension(wanted)) fits.push(extensionFit(shard, now, wanted, rules, x))
  const taken = keys.filter((key) => key.takesOver !== undefined)
  // "AXYB takes both or neither": of one former binding, surely; the rules leave open what becomes of
  // one key to take and one free, and of two keys of two former bindings.
  const formers = new Set(taken.map((key) => key.takesOver!.seq))
  const together = taken.length === 0 || (taken.length === keys.length && formers.size === 1)
  if (y !== undefined && !together) fits.push('maybe')
  const cooling = taken.every((key) => key.takesOver!.heldUntil <= now)
  const all = taken.length === keys.length && (y === undefined || together)
  return {
    x,
    y,
    numbers,
    fit: worst(fits),
    sticky: all && cooling ? 'yes' : taken.length > 0 ? 'maybe' : 'no',
    takesOver: taken.length > 0,
    cuts: keys.flatMap((key) => key.cutAt ?? []),
  }

  function openFit(number: NaiveNumber): Fit {
    return numberIsOpen(shard, now, number, rules) ? 'yes' : 'no'
  }
}

/** I3: what stands on a number makes its family. */
export function isOtherFamily(shard: NaiveShard, now: number, wanted: Wanted, { ordinal }: NaiveNumber): boolean {
  const mine = familyOf[wanted.parts.mode]
  return shard.onNumber(ordinal, now).some((held) => held.family !== mine)
}

function familyFit(shard: NaiveShard, now: number, wanted: Wanted, number: NaiveNumber): Fit {
  if (isOtherFamily(shard, now, wanted, number)) return 'no'
  if (familyOf[wanted.parts.mode] !== 'exclusive') return 'yes'
  // What still cools for a removed A meets no key of another A: whether it keeps the number is left open.
  const meets = shard.onNumber(number.ordinal, now).filter((held) => held.removed)
  return meets.some((held) => held.from < wanted.freeAt && wanted.start < held.freeAt) ? 'maybe' : 'yes'
}

export function choosesExtension({ parts }: Wanted): boolean {
  return parts.mode === 'AXE' && parts.extension === ''
}

/** Whether an extension can be chosen: surely where one is not held at all. */
export function extensionFit(shard: NaiveShard, now: number, wanted: Wanted, rules: Rules, x: NaiveNumber): Fit {
  const { ordinal } = x
  const keys = allExtensions(rules.extensionDigits).map((extension) => `#${extension}`)
  if (keys.some((caller) => shard.on(ordinal, caller, now).length === 0)) return 'yes'
  const owner = wanted.parts.a.number
  const some = keys.some((caller) => keyFit(shard, now, wanted, { ordinal, caller, owner }).fit !== 'no')
  return some ? 'maybe' : 'no'
}

/** All numbers, or pairs of two different numbers, of a pool. */
export function candidates(
  shard: NaiveShard,
  now: number,
  wanted: Wanted,
  rules: Rules,
  pool: number,
  needsY: boolean,
): Candidate[] {
  const numbers = shard.numbers.filter((number) => number.pool === pool)
  if (!needsY) return numbers.map((x) => candidate(shard, now, wanted, rules, x, undefined))
  return numbers.flatMap((x) => numbers.filter((y) => y !== x).map((y) => candidate(shard, now, wanted, rules, x, y)))
}
