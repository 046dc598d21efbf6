/**
 * The one process clock, as every thread reads it. The offset stands in shared
 * memory; the monotonic clock is the kernel's and the same for all threads, so
 * two threads that follow one another (a commit, then a read of it) never see
 * time fall between them. `performance.now()` would not do: each thread counts
 * it from an origin of its own.
 *
 *      byte 0   int64  offset, microseconds
 *      byte 8   int64  1: a jump waits for an operator
 */
import { timeMs } from './process-time.js'

export const offsetSlot = 0
export const jumpedSlot = 1
export const clockBytes = 16

export interface Clock {
  /** Unix milliseconds, whole; never falls, on any thread of the process. About 80 ns. */
  now(): number
  /** The wall clock jumped ahead and was not adopted: no new binding until an operator confirms. */
  readonly jumped: boolean
}

export class ProcessClock implements Clock {
  readonly #shared: BigInt64Array

  /** @param memory of the ClockKeeper, handed to the thread when it starts */
  constructor(memory: SharedArrayBuffer) {
    this.#shared = new BigInt64Array(memory)
  }

  now(): number {
    return timeMs(Number(Atomics.load(this.#shared, offsetSlot)), monotonicUs())
  }

  get jumped(): boolean {
    return Atomics.load(this.#shared, jumpedSlot) !== 0n
  }
}

/** Microseconds since the machine started (Linux; elsewhere since some fixed moment), rounded down. */
export function monotonicUs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + Math.floor(nanoseconds / 1e3)
}
