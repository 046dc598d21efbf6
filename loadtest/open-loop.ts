/**
 * Open loop: steps are sent when they are due, whatever the answers do, and
 * latency counts from that moment. A server that stalls for a while is seen by
 * every step that was due meanwhile, as callers would see it; a closed loop
 * would just have asked less.
 */
import { recordMs } from './histograms.js'
import type { Meter } from './meter.js'
import { within } from './stall.js'
import type { Operation } from './workloads/operation.js'

/** A timer may be late by about so much, so the last of the wait is spent polling. */
const spinMs = 2

export interface OpenLoad {
  readonly durationMs: number
  readonly meter: Meter
  /** Moments from the beginning, ms, in order. */
  readonly arrivals: Iterable<number>
  /** Items that one step asks: what is not sent is counted in items. */
  readonly itemsPerStep: number
  readonly stop?: AbortSignal
}

/**
 * @param operations as many as may be outstanding; an arrival that finds none idle is counted as overrun
 * @returns how long it took to the last answer, ms
 * @throws WrongAnswer at the first one, or when the server stalls
 */
export async function openLoop(operations: readonly Operation[], load: OpenLoad): Promise<number> {
  const began = performance.now()
  load.meter.begin(began)
  await within(load.durationMs, new Sender(operations, load, began).run())
  return performance.now() - began
}

class Sender {
  readonly #load: OpenLoad
  readonly #began: number
  readonly #due: Iterator<number>
  /** The one that was idle last goes first: what it owes (an end for a beginning) is paid soon. */
  readonly #idle: Operation[]
  readonly #size: number
  #failed: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(operations: readonly Operation[], load: OpenLoad, began: number) {
    this.#load = load
    this.#began = began
    this.#due = load.arrivals[Symbol.iterator]()
    this.#idle = operations.toReversed()
    this.#size = operations.length
  }

  async run(): Promise<void> {
    let next = this.#due.next()
    while (next.done !== true && this.#goesOn()) {
      const dueMs = this.#began + next.value
      const now = performance.now()
      if (dueMs > now) {
        await pause(dueMs - now)
        continue
      }
      this.#send(dueMs, now)
      next = this.#due.next()
    }
    while (this.#idle.length < this.#size && this.#failed === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#failed !== undefined) throw this.#failed.error
  }

  #goesOn(): boolean {
    return this.#failed === undefined && this.#load.stop?.aborted !== true
  }

  #send(dueMs: number, now: number): void {
    const { meter, itemsPerStep } = this.#load
    const operation = this.#idle.pop()
    if (operation === undefined) {
      meter.recordOverrun(dueMs, itemsPerStep)
      return
    }
    recordMs(meter.sendLag, now - dueMs)
    operation.step().then(
      (step) => {
        meter.record(step, dueMs, performance.now())
        this.#idle.push(operation)
        this.#wake?.()
      },
      (error: unknown) => {
        this.#failed ??= { error }
        this.#wake?.()
      },
    )
  }
}

/** A timer for what is far, then turns of the loop, which read the answers meanwhile. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms > spinMs) setTimeout(resolve, ms - spinMs)
    else setImmediate(resolve)
  })
}
