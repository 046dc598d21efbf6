import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { append, entryOf, latest } from './history.js'
import { figureOf, measureSuite } from './measure.js'
import { full, nothingToClose, type Suite, tiny } from './suite.js'
import { suites } from './suites/all.js'
import { against, tableOf } from './table.js'

test.each(suites.map((suite) => [suite.name, suite] as const))('%s runs, tiny', async (_, suite) => {
  const figures = await measureSuite(suite, tiny)
  expect(figures.length).toBeGreaterThan(0)
  for (const figure of figures) {
    expect(figure.ns).toBeGreaterThan(0)
    expect(Number.isFinite(figure.ns)).toBe(true)
  }
})

test('no two tasks share a name: the history is read by it', async () => {
  const names: string[] = []
  for (const suite of suites) {
    const prepared = await suite.prepare(tiny)
    names.push(...prepared.tasks.map((task) => task.name))
    await prepared.close()
  }
  expect(new Set(names).size).toBe(names.length)
})

test('a task that fails fails the run, and the suite is closed', async () => {
  let closed = false
  const broken: Suite = {
    name: 'broken',
    prepare: async () => ({
      tasks: [
        {
          name: 'broken',
          items: 1,
          run: () => {
            throw new Error('wrong answer')
          },
        },
      ],
      close: async () => {
        closed = true
        await nothingToClose()
      },
    }),
  }
  await expect(measureSuite(broken, tiny)).rejects.toThrow('wrong answer')
  expect(closed).toBe(true)
})

test('a figure is the median of its samples, its spread their range', () => {
  const figure = figureOf('x', [300, 100, 200])
  expect(figure).toEqual({ name: 'x', medianNs: 200, spread: 1, itemsPerSecond: 5_000_000, samples: 3 })
})

test('a run is compared with the latest of its kind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'xpool-bench-history-'))
  try {
    const path = join(folder, 'history.jsonl')
    const now = entryOf([figureOf('x', [100])], full)
    expect(await latest(path, now)).toBeUndefined()
    await append(path, { ...now, figures: [figureOf('x', [50])] })
    await append(path, { ...now, scale: 'tiny', figures: [figureOf('x', [7])] })
    const before = await latest(path, now)
    expect(before?.figures[0]?.medianNs).toBe(50)
    expect(tableOf(now, before)).toContain('2.00 x slower')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a change within the noise is no change', () => {
  expect(against(figureOf('x', [100, 110, 105]), figureOf('x', [101]))).toBe('within noise')
  expect(against(figureOf('x', [50]), figureOf('x', [100]))).toBe('2.00 x faster')
})
