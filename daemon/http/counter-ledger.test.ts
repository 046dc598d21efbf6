import fc from 'fast-check'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { CounterLedger, ledgerThreadsMax, type ThreadFigures } from './counter-ledger.js'

/** A thread that counts, and can be started anew. */
function thread(name: string) {
  let incarnation = 0
  let registry = new Registry()
  const make = () => {
    registry = new Registry()
    const registers = [registry]
    return {
      done: new Counter({ name: 'done_total', help: 'h', labelNames: ['method'], registers }),
      time: new Histogram({ name: 'time_seconds', help: 'h', buckets: [1, 2], registers }),
      open: new Gauge({ name: 'open', help: 'h', registers }),
    }
  }
  let metrics = make()
  return {
    count(times: number) {
      metrics.done.inc({ method: 'Resolve' }, times)
      for (let i = 0; i < times; i += 1) metrics.time.observe(1.5)
      metrics.open.set(times)
    },
    restart() {
      incarnation += 1
      metrics = make()
    },
    // Figures travel between threads as structured clones.
    figures: async (): Promise<ThreadFigures> =>
      structuredClone({ thread: name, incarnation, metrics: await registry.getMetricsAsJSON() }),
  }
}

async function series(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

describe('counter ledger', () => {
  test('sums the threads; a restart adds to what the former thread told, a silent one keeps its counters and loses its gauges', async () => {
    const [one, other, ledger] = [thread('gateway-0'), thread('gateway-1'), new CounterLedger()]
    one.count(3)
    other.count(4)
    const resolved = 'done_total{method="Resolve"}'
    const both = await series(await ledger.sum([await one.figures(), await other.figures()]))
    expect(both).toMatchObject({
      [resolved]: 7,
      time_seconds_count: 7,
      'time_seconds_bucket{le="2"}': 7,
      time_seconds_sum: 10.5,
      open: 7,
    })
    one.restart()
    one.count(1)
    const after = await series(await ledger.sum([await one.figures(), await other.figures()]))
    expect(after).toMatchObject({
      [resolved]: 8,
      'time_seconds_bucket{le="+Inf"}': 8,
      'time_seconds_bucket{le="1"}': 0,
      open: 5,
    })
    const silent = await series(await ledger.sum([await other.figures()]))
    expect(silent).toMatchObject({ [resolved]: 8, time_seconds_count: 8, open: 4 })
  })

  test('no counter ever falls, whatever is counted, restarted or silent', async () => {
    const step = fc.record({
      counts: fc.array(fc.nat(5), { minLength: 3, maxLength: 3 }),
      restart: fc.nat(3),
      silent: fc.nat(3),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const threads = ['a', 'b', 'c'].map(thread)
        const ledger = new CounterLedger()
        let before: Record<string, number> = {}
        for (const { counts, restart, silent } of steps) {
          threads[restart]?.restart()
          for (const [i, count] of counts.entries()) threads[i]!.count(count)
          const told = await Promise.all(threads.filter((_, i) => i !== silent).map((one) => one.figures()))
          const now = await series(await ledger.sum(told))
          for (const [name, value] of Object.entries(before)) {
            if (name !== 'open') expect(now[name], name).toBeGreaterThanOrEqual(value)
          }
          before = now
        }
      }),
      { numRuns: 40 },
    )
  })

  test('I12 names of threads are bounded', async () => {
    const many = Array.from({ length: ledgerThreadsMax + 1 }, (_, i) => ({
      thread: `t${i}`,
      incarnation: 0,
      metrics: [],
    }))
    await expect(new CounterLedger().sum(many)).rejects.toThrow('more than 256 threads')
  })
})
