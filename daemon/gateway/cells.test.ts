import { AggregatorRegistry, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { cellCounter, cellHistogram } from './cells.js'

function filled(): Registry {
  const registry = new Registry()
  const counter = cellCounter(registry, { name: 'c_total', help: 'c' })
  const first = counter.cell({ method: 'm', code: 'OK' })
  counter.add(first)
  counter.add(first, 4)
  const time = cellHistogram(registry, { name: 't_seconds', help: 't' }, [0.1, 1])
  const cell = time.cell({ method: 'm' })
  for (const seconds of [0.1, 0.5, 3]) time.observe(cell, seconds)
  return registry
}

describe('cells', () => {
  test('read in the exposition format as prom-client writes it', async () => {
    const lines = (await filled().metrics()).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE c_total counter',
        'c_total{method="m",code="OK"} 5',
        '# TYPE t_seconds histogram',
        't_seconds_bucket{method="m",le="0.1"} 1',
        't_seconds_bucket{method="m",le="1"} 2',
        't_seconds_bucket{method="m",le="+Inf"} 3',
        't_seconds_sum{method="m"} 3.6',
        't_seconds_count{method="m"} 3',
      ]),
    )
  })

  test('are summed over threads', async () => {
    const snapshots = await Promise.all([filled().getMetricsAsJSON(), filled().getMetricsAsJSON()])
    const text = await AggregatorRegistry.aggregate(structuredClone(snapshots)).metrics()
    expect(text).toContain('c_total{method="m",code="OK"} 10')
    expect(text).toContain('t_seconds_bucket{method="m",le="+Inf"} 6')
    expect(text).toContain('t_seconds_count{method="m"} 6')
  })

  test('the same labels are the same cell, and there is room for many', () => {
    const counter = cellCounter(new Registry(), { name: 'n', help: 'n' })
    const cells = Array.from({ length: 200 }, (_, i) => counter.cell({ i: String(i) }))
    expect(counter.cell({ i: '7' })).toBe(cells[7])
    expect(new Set(cells).size).toBe(200)
  })
})
