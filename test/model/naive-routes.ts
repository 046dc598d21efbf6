/** The routes of each mode, spelt out from the table of domain.md. */
import type { Digits, Mode, NumberRef, Ordinal, Terms } from '../../daemon/core/binding.js'

/** A caller key as text: the caller's digits, `#` and an extension, or `*` for anybody. */
export type KeyText = string

export interface Place {
  readonly ordinal: Ordinal
  readonly caller: KeyText
  /** Empty: nobody, or who called last. */
  readonly callee: string
  /** Whose it is in a take-over: the callee, or A on the route on which A calls back. */
  readonly owner: Digits
  readonly callsBack: boolean
  readonly display: Digits
  readonly direction: 'A_TO_B' | 'B_TO_A'
}

export interface RouteParts {
  readonly mode: Mode
  readonly a: { readonly number: Digits }
  readonly b: { readonly number: Digits } | undefined
  readonly members: readonly { readonly number: Digits }[]
  readonly x: NumberRef
  readonly y: NumberRef | undefined
  /** Empty in AXE: still to be chosen, and then it has no place here. */
  readonly extension: string
  readonly terms: Pick<Terms, 'callback' | 'callbackNumber'>
}

export type NaiveFamily = 'pair' | 'extension' | 'exclusive'

export const familyOf: Readonly<Record<Mode, NaiveFamily>> = {
  AXB: 'pair',
  AXYB: 'pair',
  AX: 'exclusive',
  AXE: 'extension',
  AXG: 'pair',
}

export function placesOf(binding: RouteParts): Place[] {
  const { mode, x, extension } = binding
  const a = binding.a.number
  if (mode === 'AXB' || mode === 'AXYB') return pairPlaces(binding)
  const towardsA = (caller: KeyText): Place => {
    return { ordinal: x.ordinal, caller, callee: a, owner: a, callsBack: false, display: x.digits, direction: 'B_TO_A' }
  }
  const places: Place[] = []
  if (mode === 'AX') places.push(towardsA('*'))
  if (mode === 'AXE' && extension !== '') places.push(towardsA(`#${extension}`))
  if (mode === 'AXG') {
    const callers = binding.members.map((member) => member.number)
    if (fixedNumber(binding) !== '') callers.push(fixedNumber(binding))
    for (const caller of new Set(callers)) places.push(towardsA(caller))
  }
  places.push({
    ...{ ordinal: x.ordinal, caller: a, callee: fixedNumber(binding), owner: a, callsBack: true },
    ...{ display: x.digits, direction: 'A_TO_B' },
  })
  return places
}

function pairPlaces({ a, b, x, y = x }: RouteParts): Place[] {
  const [one, other] = [a.number, b!.number]
  return [
    {
      ...{ ordinal: y.ordinal, caller: one, callee: other, owner: other, callsBack: false },
      ...{ display: x.digits, direction: 'A_TO_B' },
    },
    {
      ...{ ordinal: x.ordinal, caller: other, callee: one, owner: one, callsBack: false },
      ...{ display: y.digits, direction: 'B_TO_A' },
    },
  ]
}

function fixedNumber({ terms }: RouteParts): string {
  return terms.callback === 'FIXED' ? terms.callbackNumber : ''
}

/** The numbers of all parties: A, B where there is one, the members. */
export function numbersOf(binding: Pick<RouteParts, 'a' | 'b' | 'members'>): Digits[] {
  const { a, b, members } = binding
  return [a, ...(b === undefined ? [] : [b]), ...members].map((party) => party.number)
}

/** All extensions of so many digits. */
export function allExtensions(digits: number): string[] {
  return Array.from({ length: 10 ** digits }, (_, i) => String(i).padStart(digits, '0'))
}

export function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.every((one) => right.includes(one)) && right.every((one) => left.includes(one))
}
