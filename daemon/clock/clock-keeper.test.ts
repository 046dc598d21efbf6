import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { ClockKeeper } from './clock-keeper.js'
import { ProcessClock } from './process-clock.js'

const minuteUs = 60_000_000
const quiet = { jumped: () => undefined, behind: () => undefined }

/** A keeper on a wall clock that the test sets; monotonic time is real. */
function keeperOn(storedMs = 0) {
  const told: [string, number][] = []
  const wall = { aheadUs: 0 }
  const events = {
    jumped: (ms: number) => told.push(['jumped', ms]),
    behind: (ms: number) => told.push(['behind', ms]),
  }
  let monotonicUs = 1_000_000
  const read = () => ({ wallUs: 1_700_000_000_000_000 + monotonicUs + wall.aheadUs, monotonicUs })
  const keeper = new ClockKeeper(storedMs, events, read)
  const pass = (us: number) => {
    monotonicUs += us
    keeper.look()
  }
  return { keeper, told, wall, pass }
}

describe('clock keeper', () => {
  test('I9 follows the real wall clock', () => {
    using keeper = new ClockKeeper(0, quiet)
    keeper.look()
    const [before, now, after] = [Date.now(), keeper.clock.now(), Date.now()]
    expect(now).toBeGreaterThanOrEqual(before - 1)
    expect(now).toBeLessThanOrEqual(after + 1)
    expect(Number.isInteger(now)).toBe(true)
  })

  test('I9 starts at the stored time when the wall clock is behind it, and says so once', () => {
    const { keeper, told, pass } = keeperOn(1_700_000_100_000)
    pass(0)
    pass(20_000)
    expect(told).toEqual([['behind', 99_000]])
    expect(keeper.clock.jumped).toBe(false)
  })

  test('I9 a jump is told once and every thread sees it, until confirm', () => {
    const { keeper, told, wall, pass } = keeperOn()
    const elsewhere = new ProcessClock(keeper.memory)
    const before = keeper.clock.now()
    wall.aheadUs = 11 * minuteUs
    pass(20_000)
    pass(20_000)
    expect(told).toEqual([['jumped', 660_000]])
    expect(elsewhere.jumped).toBe(true)
    expect(elsewhere.now() - before).toBeLessThan(60_000)
    keeper.confirm()
    expect(elsewhere.jumped).toBe(false)
    expect(elsewhere.now() - before).toBeGreaterThanOrEqual(660_000)
    pass(20_000)
    expect(told).toHaveLength(1)
  })

  test('I9 a second jump after a confirmed one is told again', () => {
    const { keeper, told, wall, pass } = keeperOn()
    for (const aheadUs of [20 * minuteUs, 40 * minuteUs]) {
      wall.aheadUs = aheadUs
      pass(20_000)
      keeper.confirm()
    }
    expect(told).toEqual([
      ['jumped', 20 * 60_000],
      ['jumped', 20 * 60_000],
    ])
  })

  test('I9 a step back and forth of the wall clock moves nothing', () => {
    const { keeper, told, wall, pass } = keeperOn()
    const before = keeper.clock.now()
    wall.aheadUs = -5 * minuteUs
    pass(20_000)
    wall.aheadUs = 0
    pass(20_000)
    expect(keeper.clock.now() - before).toBeLessThan(60_000)
    expect(told).toEqual([['behind', 300_000]])
  })

  test('I9 time never falls from one thread to the next', async () => {
    using keeper = new ClockKeeper(0, quiet)
    keeper.start()
    const handovers = 2_000
    // The thread runs the same arithmetic on the same memory; it answers each time it is shown with its own.
    const source = `
      const { parentPort, workerData } = require('node:worker_threads')
      require(workerData.hook)
      import(workerData.module).then(({ ProcessClock }) => {
        const clock = new ProcessClock(workerData.memory)
        const turn = new Int32Array(workerData.turn)
        let fell = 0
        const seen = new Float64Array(workerData.seen)
        for (let i = 0; i < ${handovers}; i += 1) {
          Atomics.wait(turn, 0, 0)
          const now = clock.now()
          if (now < seen[0]) fell += 1
          seen[0] = now
          Atomics.store(turn, 0, 0)
          Atomics.notify(turn, 0)
        }
        parentPort.postMessage(fell)
      }, (error) => { throw error })`
    const [turnMemory, seenMemory] = [new SharedArrayBuffer(4), new SharedArrayBuffer(8)]
    const [turn, seen] = [new Int32Array(turnMemory), new Float64Array(seenMemory)]
    const module = new URL('./process-clock.ts', import.meta.url).href
    const hook = fileURLToPath(new URL('../../test/resolve-typescript.ts', import.meta.url))
    const workerData = { hook, module, memory: keeper.memory, turn: turnMemory, seen: seenMemory }
    const worker = new Worker(source, { eval: true, workerData })
    const fellThere = new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))
    let fellHere = 0
    for (let i = 0; i < handovers; i += 1) {
      const now = keeper.clock.now()
      if (now < seen[0]!) fellHere += 1
      seen[0] = now
      Atomics.store(turn, 0, 1)
      Atomics.notify(turn, 0)
      // Not Atomics.wait: the main thread must go on keeping the clock meanwhile.
      const waited = Atomics.waitAsync(turn, 0, 1)
      if (waited.async) await waited.value
    }
    expect([fellHere, await fellThere]).toEqual([0, 0])
    await worker.terminate()
  })
})
