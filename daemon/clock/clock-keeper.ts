/**
 * Keeps the process clock in step with the wall clock: the only place that
 * reads the wall clock, on the main thread, every 20 ms. A main thread that is
 * late harms nothing: the monotonic clock carries time on meanwhile.
 */
import { clockBytes, jumpedSlot, monotonicUs, offsetSlot, ProcessClock } from './process-clock.js'
import { adopt, confirm, type ProcessTime, type Reading, startTime, timeMs, wallAheadUs } from './process-time.js'

const adoptEveryMs = 20
/** A wall clock behind by more than this is worth telling; less is what time services do every day. */
export const behindMs = 1_000

interface ClockEvents {
  /** Once per jump: the wall clock is `aheadMs` ahead and was not adopted. */
  jumped(aheadMs: number): void
  /** Once per step back: the wall clock is `behindMs` behind process time, which the monotonic clock carries on. */
  behind(behindMs: number): void
}

/** Where readings come from; a test has clocks of its own. */
type ReadClocks = () => Reading

function readClocks(): Reading {
  const wallUs = Date.now() * 1_000
  return { wallUs, monotonicUs: monotonicUs() }
}

export class ClockKeeper implements Disposable {
  /** Hand it to every thread, for a ProcessClock of its own. */
  readonly memory: SharedArrayBuffer
  /** The clock as the main thread reads it. */
  readonly clock: ProcessClock
  readonly #shared: BigInt64Array
  readonly #events: ClockEvents
  readonly #read: ReadClocks
  #time: ProcessTime
  #isBehind = false
  #timer: NodeJS.Timeout | undefined

  /** @param storedMs the latest time that any journal or store holds, unix ms; 0 in a new data folder */
  constructor(storedMs: number, events: ClockEvents, read: ReadClocks = readClocks) {
    this.memory = new SharedArrayBuffer(clockBytes)
    this.clock = new ProcessClock(this.memory)
    this.#shared = new BigInt64Array(this.memory)
    this.#events = events
    this.#read = read
    const reading = read()
    this.#time = startTime(storedMs, reading)
    this.#publish()
    this.#tellIfBehind(reading)
  }

  /** Begins to follow the wall clock; does not keep the process alive. */
  start(): void {
    this.#timer ??= setInterval(() => this.look(), adoptEveryMs).unref()
  }

  /** One look at the wall clock: what the timer does every 20 ms. */
  look(): void {
    const reading = this.#read()
    const before = this.#time
    this.#time = adopt(before, reading)
    if (this.#time !== before) this.#publish()
    if (this.#time.jumped && !before.jumped) this.#events.jumped(Math.floor(wallAheadUs(before, reading) / 1_000))
    this.#tellIfBehind(reading)
  }

  /**
   * An operator vouches for the wall clock.
   * @returns the time now in force, unix ms
   */
  confirm(): number {
    const reading = this.#read()
    this.#time = confirm(this.#time, reading)
    this.#publish()
    return timeMs(this.#time.offsetUs, reading.monotonicUs)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** The offset first: a thread that sees `jumped` fall sees the time that was confirmed. */
  #publish(): void {
    Atomics.store(this.#shared, offsetSlot, BigInt(this.#time.offsetUs))
    Atomics.store(this.#shared, jumpedSlot, this.#time.jumped ? 1n : 0n)
  }

  #tellIfBehind(reading: Reading): void {
    const behind = -wallAheadUs(this.#time, reading) / 1_000
    const isBehind = behind > behindMs
    if (isBehind && !this.#isBehind) this.#events.behind(Math.floor(behind))
    this.#isBehind = isBehind
  }
}
