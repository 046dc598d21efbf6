import { expect, test } from 'vitest'
import { draws } from '../sample.js'
import { compareTable } from './compare-table.js'
import { type Course, compare, type RowResult, type RunGeneration } from './comparison.js'
import { thorough } from './depth.js'
import type { Sample } from './generation.js'
import { normal } from './testing.js'

const course: Course = { bar: thorough.bar, timeIsUp: () => false, begins: () => undefined }

/** In so many of a hundred generations the machine disturbs one side alone, by up to half. */
const disturbedShare = 0.04

interface Machine {
  readonly seed: number
  /** Standard deviation of a generation's ratio. */
  readonly noise: number
  /** head / base as it truly is. */
  readonly truth: (row: string, index: number) => number
}

/** Two rows a generation, of a machine with noise. */
function noisy({ seed, noise, truth }: Machine): RunGeneration {
  const draw = draws(seed)
  return async (_suite, rows, index) =>
    ['first', 'second']
      .filter((row) => rows?.has(row) !== false)
      .map((row) => {
        const disturbed = draw() < disturbedShare ? (draw() - 0.5) * 0.8 : 0
        return sampleOf(row, truth(row, index) * Math.exp(noise * normal(draw) + disturbed))
      })
}

function sampleOf(row: string, ratio: number): Sample {
  return { row, cpuRatio: ratio, wallRatio: ratio, baseNs: 100, headNs: 100 * ratio }
}

function regressed(results: readonly RowResult[]): string[] {
  return results.filter((one) => one.regressed).map((one) => one.row)
}

test.each([0.01, 0.03, 0.06, 0.12, 0.25])('an unchanged tree never fails, at a noise of %d', async (noise) => {
  for (let seed = 1; seed <= 400; seed += 1) {
    const results = await compare(['suite'], noisy({ seed, noise, truth: () => 1 }), course)
    expect(regressed(results)).toEqual([])
  }
})

test.each([0.01, 0.03, 0.05])('20 % slower is found every time, at a noise of %d', async (noise) => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const truth = (row: string) => (row === 'second' ? 1.2 : 1)
    const results = await compare(['suite'], noisy({ seed, noise, truth }), course)
    expect(regressed(results)).toEqual(['second'])
  }
})

test('what does not show again in fresh samples is no regression', async () => {
  const truth = (_row: string, index: number) => (index < course.bar.generationsMax ? 1.3 : 1)
  const results = await compare(['suite'], noisy({ seed: 1, noise: 0.01, truth }), course)
  expect(results.map((one) => one.verdict.finding)).toEqual(['slower', 'slower'])
  expect(regressed(results)).toEqual([])
  expect(compareTable(results, course.bar)).toContain('did not show again')
})

test('a faster head is no regression, and takes no more samples than the least', async () => {
  const results = await compare(['suite'], noisy({ seed: 1, noise: 0.01, truth: () => 0.5 }), course)
  expect(regressed(results)).toEqual([])
  expect(results.map((one) => one.samples.length)).toEqual([6, 6])
})

test('a row that is clear is not measured again, one that is not goes on to the bound', async () => {
  const ask: (string[] | undefined)[] = []
  const run: RunGeneration = async (_suite, rows, index) => {
    ask.push(rows && [...rows])
    const wild = index % 2 === 0 ? 2 : 0.5
    return ['calm', 'wild']
      .filter((row) => rows?.has(row) !== false)
      .map((row) => sampleOf(row, row === 'calm' ? 1 : wild))
  }
  const results = await compare(['suite'], run, course)
  expect(results.map((one) => one.samples.length)).toEqual([6, 14])
  expect(ask.at(-1)).toEqual(['wild'])
  expect(compareTable(results, course.bar)).toContain('1 too noisy to rule out 1.15 x')
})

test('when the time is up no generation begins', async () => {
  let generations = 0
  const bounded: Course = {
    ...course,
    begins: () => {
      generations += 1
    },
    timeIsUp: () => generations >= 3,
  }
  const results = await compare(['suite'], noisy({ seed: 1, noise: 0.01, truth: () => 2 }), bounded)
  expect(generations).toBe(3)
  expect(results.map((one) => one.verdict.finding)).toEqual(['open', 'open'])
  expect(regressed(results)).toEqual([])
})
