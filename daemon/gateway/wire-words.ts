/** Enum numbers of the wire and the words of the core, both ways. Index 0, UNSPECIFIED, stands for no word. */
import type { BindingState, Callback, Direction, Medium, Mode, Selection } from '../core/binding.js'
import type { CallPhase } from '../core/calls.js'
import type { NumberState, Qualification, Unmatched } from '../core/directory.js'

export type Words<W extends string> = readonly [undefined, ...W[]]

export const modeWords: Words<Mode> = [undefined, 'AXB', 'AXYB', 'AX', 'AXE', 'AXG']
export const directionWords: Words<Direction> = [undefined, 'BOTH', 'A_TO_B', 'B_TO_A']
export const mediumWords: Words<Medium> = [undefined, 'VOICE', 'SMS']
export const callbackWords: Words<Callback> = [undefined, 'NONE', 'FIXED', 'LAST_CALLER']
export const selectionWords: Words<Selection> = [undefined, 'PACK', 'SPREAD', 'RANDOM']
export const unmatchedWords: Words<Unmatched> = [undefined, 'REJECT', 'FALLBACK']
export const bindingStateWords: Words<BindingState> = [undefined, 'PENDING', 'ACTIVE', 'ENDED']
export const callPhaseWords: Words<CallPhase> = [undefined, 'STARTED', 'ANSWERED', 'ENDED']
export const numberStateWords: Words<NumberState> = [
  undefined,
  'IN_SERVICE',
  'DRAINING',
  'FROZEN',
  'QUARANTINED',
  'RETIRED',
]
export const qualificationWords: Words<Qualification> = [undefined, 'PENDING', 'APPROVED', 'SUSPENDED', 'REVOKED']

/** The wire's number of a word. */
export function wireNumber<W extends string>(words: Words<W>, word: W): number {
  return words.indexOf(word)
}
