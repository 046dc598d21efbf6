import { expect, test } from 'vitest'
import { Ledger } from './ledger.js'
import { readOptions } from './options.js'
import { bindingsPerCourier, firstNumber, partiesOf } from './population.js'
import { Random } from './random.js'
import { parseStat, processCpuUs, processMemory } from './server-cpu.js'

test('the same seed gives the same draws, another seed others', () => {
  const draws = (seed: number) => {
    const random = new Random(seed)
    return Array.from({ length: 1_000 }, () => random.below(1_000))
  }
  expect(draws(5)).toEqual(draws(5))
  expect(draws(5)).not.toEqual(draws(6))
  expect(new Set(draws(0)).size).toBeGreaterThan(500)
  for (const draw of draws(9)) expect(draw >= 0 && draw < 1_000).toBe(true)
})

test('draws are spread evenly', () => {
  const random = new Random(3)
  const counts = new Array<number>(10).fill(0)
  for (let i = 0; i < 100_000; i += 1) counts[random.below(10)]! += 1
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

test('customers are all different, couriers have a few bindings each', () => {
  const pairs = Array.from({ length: 20_000 }, (_, i) => partiesOf(i, 1))
  expect(new Set(pairs.map((pair) => pair.a)).size).toBe(20_000)
  expect(new Set(pairs.map((pair) => pair.b)).size).toBe(20_000 / bindingsPerCourier)
  for (const pair of pairs) expect(pair.a).toMatch(/^13\d{9}$/)
})

test('proxy numbers have 15 digits', () => {
  expect(firstNumber(7, 0)).toBe('790000007000000')
  expect(firstNumber(9_999_999, 999_999)).toBe('799999999999999')
})

test('a ledger gives each binding away once', () => {
  const ledger = new Ledger()
  const random = new Random(1)
  for (let i = 0; i < 100; i += 1) ledger.add({ id: String(i), x: '', a: '', b: '' })
  const taken = new Set<string>()
  for (let i = 0; i < 100; i += 1) taken.add(ledger.take(random)!.id)
  expect(taken.size).toBe(100)
  expect(ledger.take(random)).toBeUndefined()
  expect(ledger.pick(random)).toBeUndefined()
})

test('options that cannot be are all named in one answer', () => {
  const options = readOptions(['--workload', 'x', '--batch', '2000', '--seconds', 'abc', '--outstanding', '2.5'], 0)
  const faults = 'faults' in options ? options.faults.join('\n') : ''
  expect(faults).toMatch(/workload: one of/)
  expect(faults).toMatch(/batch: 1 to 1024/)
  expect(faults).toMatch(/seconds: /)
  expect(faults).toMatch(/outstanding: .*whole/)
  expect(readOptions(['--nonsense'], 0)).toHaveProperty('faults')
})

test('defaults are a run', () => {
  expect(readOptions([], 1_700_000_000_000)).toMatchObject({ workload: 'resolve', numbers: 1_000, run: 0 })
})

test('CPU time is read past a command that holds spaces and parentheses', async () => {
  expect(parseStat('12 (a (b) c) S 1 1 1 0 -1 0 0 0 0 0 25 17 0 0')).toBe(420_000)
  expect(parseStat('nonsense')).toBeUndefined()
  expect(await processCpuUs(2 ** 30)).toBeUndefined()
  if (process.platform === 'linux') {
    expect(await processCpuUs(process.pid)).toBeGreaterThan(0)
    expect(await processMemory(process.pid)).toBeGreaterThan(1_000_000)
  }
})
