import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flags, helpText } from '../flags.js'
import { Meter } from '../meter.js'
import { readOptions } from '../options.js'
import { reportOf } from '../report.js'
import { stepOf } from '../step.js'
import { renderCurves } from './curves.js'
import { spreadOut } from './plot-labels.js'
import { quantity } from './quantity.js'
import { renderReport } from './report-page.js'
import { axisScale } from './scale.js'

const curves = {
  title: 'Growth <of> "xpool"',
  machine: 'a CPU, 2 cores',
  node: 'v24',
  commit: 'abc',
  curves: [
    {
      name: 'Time & cost',
      unitX: 'live bindings',
      unitY: 'us',
      logX: true,
      series: [
        {
          name: 'unary',
          points: [
            [1e4, 30],
            [1e6, 32],
          ] as [number, number][],
        },
        {
          name: '<script>alert(1)</script>',
          points: [
            [1e4, 1],
            [1e6, 2],
          ] as [number, number][],
        },
      ],
    },
    { name: 'Empty', unitX: 's', unitY: 'B', logX: false, series: [] },
  ],
}

function report(rate: string) {
  const options = readOptions(['--rate', rate, '--workload', 'mixed', '--seconds', '3'], 0)
  if ('faults' in options) throw new Error(options.faults.join('; '))
  const meter = new Meter(3_000)
  meter.begin(0)
  for (let at = 0; at < 3_000; at += 10) {
    meter.record(stepOf({ kind: at % 20 === 0 ? 'resolve' : 'allocate', resolved: 1 }), at, at + 1 + (at % 7))
  }
  meter.recordOverrun(500, 3)
  return reportOf({ options, tallies: [meter.tally(3_000, 1_000)], fillMs: 100, serverCpuUs: 5_000 })
}

const pages = { curves: renderCurves(curves), closed: renderReport(report('0')), open: renderReport(report('100')) }

test.each(Object.entries(pages))('the page of %s loads nothing from anywhere', (_, html) => {
  expect(html).not.toMatch(/https?:|\/\/[a-z]|url\(|@import|<script|<link|<img|<iframe/i)
})

test.each(Object.entries(pages))('the page of %s is well-formed: every element is closed in turn', (_, html) => {
  const open: string[] = []
  for (const [, end, name, own] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (own === '/' || name === 'meta') continue
    if (end === '') open.push(name!)
    else expect(open.pop()).toBe(name)
  }
  expect(open).toEqual([])
  expect(html).not.toMatch(/NaN|undefined|Infinity/)
})

test.each(Object.entries(pages))('the page of %s has a look for light and for dark', (_, html) => {
  expect(html).toContain('prefers-color-scheme:dark')
})

test('what came from outside is text, not markup', () => {
  expect(pages.curves).toContain('&lt;script&gt;')
  expect(pages.curves).toContain('Time &amp; cost')
})

test('figures are carried to the size that fits', () => {
  const written: [number, string, string][] = [
    [250, 'us', '250 µs'],
    [1_500, 'us', '1.5 ms'],
    [0.0421, 'us', '42.1 ns'],
    [20_000, '/s', '20 k/s'],
    [4_000_000, 'B', '4 MB'],
    [120, 'B', '120 B'],
    [1_000_000, 'live bindings', '1 M'],
    [99, '%', '99 %'],
    [0, 'us', '0'],
    [999.9, 'us', '1 ms'],
  ]
  for (const [value, unit, text] of written) expect(quantity(value, unit).replaceAll('\u202f', ' ')).toBe(text)
})

test('marks of every axis lie on it, and are no more than there is room for', () => {
  for (const extent of [
    [0.3, 0.31],
    [1, 9],
    [3, 70_000],
    [1e-3, 1e9],
    [5, 5],
  ] as const) {
    for (const kind of ['linear', 'log'] as const) {
      const axis = axisScale({ kind, extent, range: [0, 100], marks: 6, round: true, label: String })
      expect(axis.ticks.length, `${kind} ${extent}`).toBeGreaterThan(0)
      expect(axis.ticks.length, `${kind} ${extent}`).toBeLessThanOrEqual(12)
      for (const { value } of axis.ticks) expect(axis.at(value) >= -0.1 && axis.at(value) <= 100.1).toBe(true)
    }
  }
})

test('the axis of percentiles gives each nine the same room', () => {
  const axis = axisScale({
    kind: 'percentile',
    extent: [0, 3.4],
    range: [0, 400],
    marks: 9,
    round: false,
    label: String,
  })
  expect(axis.ticks.map(({ label }) => label)).toEqual(['0', '50', '90', '99', '99.9', '99.99'])
  expect(axis.at(2) - axis.at(1)).toBe(100)
})

test('labels that would lie on each other are moved apart, within the plot', () => {
  const placed = spreadOut([50, 50, 51, 200], 0, 200)
  const sorted = placed.toSorted((a, b) => a - b)
  for (let i = 1; i < sorted.length; i += 1) expect(sorted[i]! - sorted[i - 1]!).toBeGreaterThanOrEqual(16)
  expect(Math.max(...placed)).toBeLessThanOrEqual(200)
})

test('docs/loadtest.md and the help list every flag, and no other', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/loadtest.md'), 'utf8')
  const listed = [...page.matchAll(/^\| `--([a-z-]+) [A-Z:]+` \|/gm)].map((match) => match[1])
  expect(listed).toEqual(Object.keys(flags))
  const helped = [...helpText().matchAll(/^ {2}--([a-z-]+) [A-Z:]+/gm)].map((match) => match[1])
  expect(helped).toEqual(Object.keys(flags))
})
