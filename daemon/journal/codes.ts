/**
 * The words of the core as small numbers, the same in events and in rows. A
 * code is for ever: words are added at the end of a list, never moved or dropped.
 */
import type { Callback, Direction, Medium, Mode } from '../core/binding.js'
import type { CallPhase } from '../core/calls.js'
import type { Family, RouteRole } from '../core/modes.js'
import { UnreadableBytes } from './unreadable-bytes.js'

interface WordCodes<W extends string> {
  /** From 1, so that an absent field is no word. */
  code(word: W): number
  /** Throws UnreadableBytes for a code that no word has. */
  word(code: number): W
}

function wordCodes<W extends string>(what: string, words: readonly W[]): WordCodes<W> {
  return {
    code: (word) => words.indexOf(word) + 1,
    word: (code) => {
      const word = words[code - 1]
      if (word === undefined) throw new UnreadableBytes(`${code} is not the code of a ${what}`)
      return word
    },
  }
}

export const modeCodes = wordCodes<Mode>('mode', ['AXB', 'AXYB', 'AX', 'AXE', 'AXG'])
/** Two bits are enough for each of the following. */
export const directionCodes = wordCodes<Direction>('direction', ['BOTH', 'A_TO_B', 'B_TO_A'])
export const callbackCodes = wordCodes<Callback>('call-back', ['NONE', 'FIXED', 'LAST_CALLER'])
export const roleCodes = wordCodes<RouteRole>('role', ['PARTY', 'CALLBACK'])
export const familyCodes = wordCodes<Family>('family', ['PAIR', 'EXTENSION', 'EXCLUSIVE'])
export const phaseCodes = wordCodes<CallPhase>('phase of a call', ['STARTED', 'ANSWERED', 'ENDED'])
export const routeDirectionCodes = wordCodes<'A_TO_B' | 'B_TO_A'>('route direction', ['A_TO_B', 'B_TO_A'])

const voiceBit = 1
const smsBit = 2
/** Shared lists: a route's media cost no memory of their own. */
const mediaLists: readonly (readonly Medium[])[] = [[], ['VOICE'], ['SMS'], ['VOICE', 'SMS']]

/** Media as a set of two bits. */
export function mediaBits(media: readonly Medium[]): number {
  return (media.includes('VOICE') ? voiceBit : 0) | (media.includes('SMS') ? smsBit : 0)
}

/** The media of a set, in the order VOICE, SMS. Throws UnreadableBytes for the empty set. */
export function mediaOf(bits: number): readonly Medium[] {
  const media = mediaLists[bits]
  if (media === undefined || media.length === 0) throw new UnreadableBytes(`${bits} is no set of media`)
  return media
}
