/**
 * A binding: parties, the numbers lent to them, a window and the rules of its
 * calls. The record here is the whole truth about one binding; the routes that
 * Resolve reads are compiled from it (modes.ts).
 */

/** A string of 3 to 20 decimal digits, canonical (canonical-number.ts). */
export type Digits = string
/** Dense ids that the directory gives, for ever. */
export type TenantId = number
export type PoolId = number
/** Dense index of a number within its shard, in order of arrival, for ever. */
export type Ordinal = number
/** Dense count of bindings within a shard; with the shard it is the binding's id (binding-id.ts). */
export type Seq = number
export const firstSeq: Seq = 1

export type Mode = 'AXB' | 'AXYB' | 'AX' | 'AXE' | 'AXG'
export type Direction = 'BOTH' | 'A_TO_B' | 'B_TO_A'
export type Medium = 'VOICE' | 'SMS'
export type Callback = 'NONE' | 'FIXED' | 'LAST_CALLER'
export type Selection = 'PACK' | 'SPREAD' | 'RANDOM'

export interface Party {
  readonly number: Digits
  readonly verificationRef: string
}

/** A party of a binding. One who came by an update owns its route from then on, not from the start. */
export interface BoundParty extends Party {
  readonly sinceMs: number
}

/** A proxy number as a binding holds it. */
export interface NumberRef {
  readonly ordinal: Ordinal
  readonly digits: Digits
}

/** The rules of a binding's calls and of its end, defaults filled in. */
export interface Terms {
  readonly graceMs: number
  readonly graceDirection: Direction
  readonly cooldownMs: number
  readonly direction: Direction
  /** Never empty. */
  readonly media: readonly Medium[]
  readonly maxCallMs: number
  /** 0: no limit. */
  readonly maxCalls: number
  readonly releaseOnHangup: boolean
  readonly record: boolean
  readonly callback: Callback
  /** Empty unless callback is FIXED. */
  readonly callbackNumber: string
  readonly callbackWindowMs: number
}

export interface Binding {
  readonly seq: Seq
  /** Counts from 1. */
  readonly revision: number
  readonly tenant: TenantId
  readonly pool: PoolId
  readonly mode: Mode
  readonly a: BoundParty
  readonly b: BoundParty | undefined
  readonly members: readonly BoundParty[]
  /** The parties as acknowledged, where an update has changed them since; else empty. */
  readonly firstParties: readonly Digits[]
  readonly x: NumberRef
  /** AXYB alone. */
  readonly y: NumberRef | undefined
  /** AXE alone, else empty. */
  readonly extension: string
  readonly createdMs: number
  readonly startMs: number
  /** Exclusive. A release moves it to the moment of the release. */
  readonly endMs: number
  /** Until when calls hold its routes: the limit of those in progress, or the last hang-up; 0 where none was reported. */
  readonly heldUntilMs: number
  /** Until when the route keys stay owned: the later of end and held until, + cooldown; the release itself where it came before the start. */
  readonly freeAtMs: number
  /** Ended by a release rather than by time. */
  readonly released: boolean
  readonly releaseReason: string
  readonly terms: Terms
  /** Area of x, empty if none. */
  readonly area: string
  readonly orderId: string
  readonly userData: Uint8Array
  /** The request id that made it, empty if none. */
  readonly requestId: string
}

/** The parties that a, b and members are at present. */
export function partiesOf(binding: Pick<Binding, 'a' | 'b' | 'members'>): BoundParty[] {
  return [binding.a, ...(binding.b === undefined ? [] : [binding.b]), ...binding.members]
}

/** The parties that the binding was acknowledged for, whoever has come since. */
export function acknowledgedParties(binding: Binding): readonly Digits[] {
  return binding.firstParties.length > 0 ? binding.firstParties : partiesOf(binding).map(({ number }) => number)
}

export type BindingState = 'PENDING' | 'ACTIVE' | 'ENDED'

export function stateOf(binding: Binding, now: number): BindingState {
  if (binding.released || now >= binding.endMs) return 'ENDED'
  return now < binding.startMs ? 'PENDING' : 'ACTIVE'
}
