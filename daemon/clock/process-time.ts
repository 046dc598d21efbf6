/**
 * The process clock as pure arithmetic (I9). Time is the monotonic clock plus
 * one offset that only ever grows:
 *
 *      wall ahead by up to 10 min:  offset := wall - monotonic        (adopted)
 *      wall behind:                 offset stays, the monotonic clock carries on
 *      wall ahead by more:          offset stays, `jumped` until confirm()
 *
 * Since neither the monotonic clock nor the offset ever falls, nor does time.
 * All figures are whole microseconds; they stay exact below 2^53, the year 2255.
 */
import assert from 'node:assert'

const usPerMs = 1_000

/** A wall clock further ahead of monotonic time than this is not believed (I9). */
export const jumpMs = 10 * 60 * 1_000

/** Both clocks at one moment. Read wall first: then a pause between the two can only make time late, never early. */
export interface Reading {
  readonly wallUs: number
  readonly monotonicUs: number
}

export interface ProcessTime {
  readonly offsetUs: number
  /** A jump was seen and no operator has confirmed it. Stays even if the wall clock comes back by itself. */
  readonly jumped: boolean
}

/** @param storedMs the latest time that was ever stored, unix ms; 0 in a new data folder */
export function startTime(storedMs: number, reading: Reading): ProcessTime {
  assert(Number.isSafeInteger(storedMs) && storedMs >= 0, 'a stored time is a whole number of ms')
  const startUs = Math.max(storedMs * usPerMs, reading.wallUs)
  return { offsetUs: startUs - reading.monotonicUs, jumped: false }
}

/** What one look at the wall clock changes. */
export function adopt(time: ProcessTime, reading: Reading): ProcessTime {
  const aheadUs = wallAheadUs(time, reading)
  if (aheadUs > jumpMs * usPerMs) return time.jumped ? time : { ...time, jumped: true }
  if (aheadUs <= 0) return time
  return { ...time, offsetUs: time.offsetUs + aheadUs }
}

/** An operator vouches for the wall clock: it is adopted, however far ahead; one that is behind still revives nothing. */
export function confirm(time: ProcessTime, reading: Reading): ProcessTime {
  return { offsetUs: time.offsetUs + Math.max(0, wallAheadUs(time, reading)), jumped: false }
}

/** Positive: the wall clock is ahead of process time. */
export function wallAheadUs(time: ProcessTime, reading: Reading): number {
  return reading.wallUs - (reading.monotonicUs + time.offsetUs)
}

/** Unix milliseconds, whole, rounded down. */
export function timeMs(offsetUs: number, monotonicUs: number): number {
  return Math.floor((monotonicUs + offsetUs) / usPerMs)
}
