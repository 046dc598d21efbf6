import { expect, test } from 'vitest'
import { curvesOf, findingOf, growthTable } from './findings.js'
import type { GrownFolder } from './folder.js'
import { levelsOfFullness, levelsOfSize } from './growth-plan.js'
import type { Visit } from './visit.js'

const [level] = levelsOfSize([10_000])
const folder: GrownFolder = {
  level: level!,
  data: '',
  place: { tenant: 't', pool: 'p' },
  sample: [],
  fillMs: 2_000,
  bytes: { bindings: 4_000_000, requests: 1_000_000, journal: 2_000_000 },
  emptyAnonBytes: 50_000_000,
  nextIndex: 10_000,
}

function visitOf(cpuUs: number, readyMs: number): Visit {
  const loads = { 'resolve unary': { cpuUs, perSecond: 1 }, allocate: { cpuUs: undefined, perSecond: 1 } }
  return { firstResolveMs: readyMs / 2, readyMs, anonBytes: 52_000_000, loads }
}

test('a finding is the median of the visits, and bytes are per live binding', () => {
  const finding = findingOf(folder, [visitOf(50, 900), visitOf(40, 1_000), visitOf(60, 2_000)])
  expect(finding).toMatchObject({ resolveUnaryUs: 50, readyMs: 1_000, firstResolveMs: 500, spread: 0.4 })
  expect(finding).toMatchObject({ anonBytes: 200, bindingDiskBytes: 400, requestDiskBytes: 100, journalDiskBytes: 200 })
  expect(finding.filledPerSecond).toBe(5_000)
})

test('what was not measured is a dash in the table and no point of a curve', () => {
  const finding = findingOf(folder, [visitOf(50, 900)])
  expect(finding.allocateUs).toBeUndefined()
  expect(growthTable([finding]).split('\n')[1]).toMatch(/10,000 live +50\.0 us +- +- /)
  const [times] = curvesOf([finding], [[50, finding]])
  expect(times!.series.map((one) => one.points)).toEqual([[[10_000, 50]], [], []])
})

test('levels have the numbers that carry them', () => {
  for (const { live, numbers, bindingsPerNumber } of levelsOfFullness(200_000, [0, 50, 90, 99])) {
    expect(numbers * bindingsPerNumber).toBe(200_000)
    expect(live).toBeLessThanOrEqual(198_000)
  }
  for (const { live, numbers, bindingsPerNumber } of levelsOfSize([10, 10_000, 1_000_000])) {
    expect(numbers * bindingsPerNumber).toBeGreaterThanOrEqual(3 * live)
  }
})
