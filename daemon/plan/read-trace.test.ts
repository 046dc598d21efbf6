import { expect, test } from 'vitest'
import { generate } from './generate.js'
import { planLimits } from './limits.js'
import { readTrace } from './read-trace.js'
import { onlyArea, type Trace, traceOf } from './trace.js'
import { lineOf, writtenHeader } from './trace-line.js'

/** The bytes in pieces, cut anywhere. */
async function* inPieces(text: string, pieceBytes: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

async function read(text: string, pieceBytes = 7): Promise<Trace> {
  const result = await readTrace(inPieces(text, pieceBytes))
  if ('faults' in result) throw new Error(result.faults.join('\n'))
  return result.trace
}

async function faultsOf(text: string): Promise<readonly string[]> {
  const result = await readTrace(inPieces(text, 1_000))
  return 'faults' in result ? result.faults : []
}

const t0 = Date.UTC(2026, 2, 2, 11)
const good = '2026-03-02T11:00Z,2026-03-02T11:40:00.000Z,courier,customer'

test('columns in any order, times as ISO or unix ms, ends as times or lengths', async () => {
  const ends = await read(`start,end,a,b\n${good}\n`)
  const lengths = await read(`\uFEFFb,area,ttl_ms,a,start,booked\r\ncustomer,,2400000,courier,${t0},\r\n`)
  expect(ends).toEqual(lengths)
  expect([ends.bookedMs[0], ends.startMs[0], ends.endMs[0]]).toEqual([t0, t0, t0 + 2_400_000])
  expect(ends.parties).toBe(2)
})

test('bookings are put in order of asking, and parties keep their names apart', async () => {
  const trace = await read(
    `booked,start,end,a,b\n${t0 + 9},${t0 + 10},${t0 + 20},x,y\n${t0 + 1},${t0 + 50},${t0 + 60},x,z\n`,
  )
  expect([...trace.bookedMs]).toEqual([t0 + 1, t0 + 9])
  expect([...trace.startMs]).toEqual([t0 + 50, t0 + 10])
  expect([trace.parties, trace.a[0] === trace.a[1], trace.b[0] === trace.b[1]]).toEqual([3, true, false])
})

test('what is written is read again, whatever the pieces', async () => {
  const bookings = [...generate('rides', 5, 200)]
  const text = [writtenHeader, ...bookings.map(lineOf)].join('\n')
  const trace = traceOf(bookings)
  for (const pieceBytes of [1, 64, 65_536]) expect(await read(text, pieceBytes)).toEqual(trace)
})

test('the bookings of one area are those that want it', async () => {
  const trace = await read(`start,ttl_ms,a,b,area\n${t0},10,x,y,north\n${t0},10,x,z,\n${t0},10,v,w,north\n`)
  expect(onlyArea(trace, 'north').bookings).toBe(2)
  expect(onlyArea(trace, 'south').bookings).toBe(0)
})

test.each([
  ['noon,2026-03-02T12:40:00Z,a,b', 'line 2: start: "noon" is no time'],
  ['2026-02-30T11:00Z,2026-03-02T11:40Z,a,b', 'line 2: start: "2026-02-30T11:00Z" is no time'],
  ['2026-03-02T11:00,2026-03-02T11:40Z,a,b', 'line 2: start: '],
  ['2026-03-02T11:00Z,2026-03-02T11:00Z,a,b', 'line 2: end: the end is not after the start'],
  ['2026-03-02T11:00Z,2028-03-02T11:00Z,a,b', 'line 2: end: the window is longer than 400 days'],
  ['2026-03-02T11:00Z,2026-03-02T11:40Z,a,a', 'line 2: b: "a" is party a'],
  ['2026-03-02T11:00Z,2026-03-02T11:40Z,,b', 'line 2: a: a party is missing'],
  ['2026-03-02T11:00Z,2026-03-02T11:40Z,"a",b', 'line 2: a: fields are not quoted'],
  ['2026-03-02T11:00Z,2026-03-02T11:40Z,a', 'line 2: 3 fields where the first line names 4'],
])('a fault names its line and field: %s', async (line, fault) => {
  const faults = await faultsOf(`start,end,a,b\n${line}\n${good}\n`)
  expect(faults).toHaveLength(1)
  expect(faults[0]).toContain(fault)
})

test.each([
  ['start,end,a', 'line 1: b: this column is missing'],
  ['start,a,b', 'line 1: end: this column or ttl_ms is missing'],
  ['start,end,ttl_ms,a,b', 'line 1: ttl_ms: end is given already'],
  ['start,end,a,b,colour', 'line 1: colour: no such column'],
  ['start,end,a,b,a', 'line 1: a: this column is named twice'],
])('a first line that will not do: %s', async (header, fault) => {
  expect((await faultsOf(`${header}\n${good}\n`))[0]).toContain(fault)
})

test('an empty file, a file of bytes and a line without end are told, not read on', async () => {
  expect(await faultsOf('')).toEqual(['there is no booking in it'])
  expect(await faultsOf('start,end,a,b\n')).toEqual(['there is no booking in it'])
  expect(await faultsOf('x'.repeat(3 * planLimits.lineChars))).toEqual([
    `line 1: longer than ${planLimits.lineChars} characters`,
  ])
  const bytes = async function* () {
    yield Uint8Array.of(0xff, 0xfe, 0x00)
  }
  expect(await readTrace(bytes())).toEqual({ faults: ['after line 0: this is not UTF-8 text'] })
})

test(`no more than ${planLimits.faultsNamed} faults are named`, async () => {
  const faults = await faultsOf(`start,end,a,b\n${'x,y,a,b\n'.repeat(planLimits.faultsNamed + 5)}`)
  expect(faults).toHaveLength(planLimits.faultsNamed + 1)
  expect(faults.at(-1)).toBe('and 5 more')
})
