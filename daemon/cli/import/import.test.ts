import { createHash } from 'node:crypto'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UsageError } from '../exit-code.js'
import { readLines } from './lines.js'
import { checkFile, type Part, partsOf } from './number-file.js'
import { meterOf } from './progress.js'
import { headerOf, rowOf } from './rows.js'
import { SeenNumbers } from './seen-numbers.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xpool-import-'))
})
afterAll(() => rm(folder, { recursive: true }))

let files = 0
async function fileWith(text: string | Buffer): Promise<string> {
  const path = join(folder, `numbers-${++files}.csv`)
  await writeFile(path, text)
  return path
}

const ignore = () => undefined

async function fault(text: string | Buffer): Promise<string> {
  const error = await checkFile(await fileWith(text), '', ignore).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(UsageError)
  return (error as UsageError).message
}

async function parts(path: string, partSize = 10_000, areaDefault = ''): Promise<Part[]> {
  const checked = await checkFile(path, areaDefault, ignore)
  const got: Part[] = []
  for await (const part of partsOf(path, areaDefault, partSize, checked)) got.push(part)
  return got
}

test('rows: plain, quoted, padded, and with a plus', () => {
  expect(rowOf('13800000001')).toEqual({ number: '13800000001', area: '' })
  expect(rowOf(' 13800000001 , beijing ')).toEqual({ number: '13800000001', area: 'beijing' })
  expect(rowOf('"13800000001","Paris, ""rive"" gauche"')).toEqual({
    number: '13800000001',
    area: 'Paris, "rive" gauche',
  })
  expect(rowOf('+8613800000001,')).toEqual({ number: '8613800000001', area: '' })
})

test.each([
  ['12', 'has 2 digits'],
  ['123456789012345678901', 'has 21 digits'],
  ['1380000a001', 'something other than digits'],
  ['１３８０００００００１', 'something other than digits'],
  [',beijing', 'there is no number'],
  ['13800000001,beijing,extra', 'there are 3 columns'],
  ['"13800000001', 'the double quotes do not match'],
  ['"138"00000001', 'the double quotes do not match'],
  [`13800000001,${'x'.repeat(65)}`, 'longer than 64 bytes'],
])('the row %s is refused', (line, why) => {
  expect(rowOf(line)).toContain(why)
})

test('a header may name the columns in either order; data is no header', () => {
  expect(headerOf('number,area')).toEqual({ number: 0, area: 1 })
  expect(headerOf('Area, Number')).toEqual({ number: 1, area: 0 })
  expect(headerOf('NUMBER')).toEqual({ number: 0, area: -1 })
  expect(headerOf('13800000001,beijing')).toBeUndefined()
  expect(headerOf('+8613800000001,beijing')).toBeUndefined()
  expect(headerOf('number,city')).toContain('no column "city"')
  expect(headerOf('area')).toContain('no column "number"')
  expect(headerOf('number,number')).toContain('twice')
})

test('seen numbers agree with a Map, whatever the digits: leading zeros, neighbours, 20 digits', () => {
  const digits = fc.oneof(
    fc.stringMatching(/^[0-9]{3,20}$/),
    fc.stringMatching(/^0{0,9}[0-2]{3}$/),
    fc.stringMatching(/^9{17}[0-2]{3}$/),
  )
  fc.assert(
    fc.property(fc.array(digits, { maxLength: 200 }), (numbers) => {
      const seen = new SeenNumbers()
      const model = new Map<string, number>()
      numbers.forEach((number, i) => {
        expect(seen.add(number, i + 1)).toBe(model.get(number))
        if (!model.has(number)) model.set(number, i + 1)
      })
      expect(seen.size).toBe(model.size)
    }),
  )
})

test('seen numbers grow past their first size and lose none', () => {
  const seen = new SeenNumbers()
  const numberOf = (i: number) => `7001234${String(i).padStart(8, '0')}`
  for (let i = 0; i < 50_000; i++) expect(seen.add(numberOf(i), i + 1)).toBeUndefined()
  for (let i = 0; i < 50_000; i++) expect(seen.add(numberOf(i), 99)).toBe(i + 1)
})

test('lines come the same whatever the ends and however the file is cut into chunks', async () => {
  // Longer than one chunk, with characters of several bytes that a chunk may cut.
  const expected = Array.from({ length: 40_000 }, (_, i) => `${13_800_000_000 + i},北京`)
  const path = await fileWith(`\uFEFF${expected.join('\r\n')}\r\n`)
  const got: string[] = []
  for await (const { lines, firstLine } of readLines(path, createHash('sha256'))) {
    expect(firstLine).toBe(got.length + 1)
    got.push(...lines)
  }
  expect(got).toEqual(expected)
})

test('every bad line is named by its number, and a repeated number by both lines', async () => {
  const text = 'number,area\n13800000001,a\nbad,a\n\n0138,a\n13800000001,b\n12\n138,a\n'
  const message = await fault(text)
  expect(message).toContain('nothing was imported')
  expect(message).toContain('line 3: "bad" is not a number')
  expect(message).toContain('line 6: 13800000001 is on line 2 already')
  expect(message).toContain('line 7: "12" has 2 digits')
  expect(message).not.toContain('line 8')
})

test('after twenty bad lines the rest is left alone, and it is said', async () => {
  const message = await fault(`13800000001\n${'bad!\n'.repeat(50)}`)
  expect(message.match(/line \d+:/g)).toHaveLength(20)
  expect(message).toContain('perhaps more')
})

test('files that are none: missing, a folder, empty, binary, one endless line', async () => {
  const missing = checkFile(join(folder, 'nowhere.csv'), '', ignore)
  await expect(missing).rejects.toThrow('there is no such file')
  await expect(checkFile(folder, '', ignore)).rejects.toThrow('this is a folder')
  expect(await fault('')).toContain('no number in this file')
  expect(await fault('number,area\n\n')).toContain('no number in this file')
  expect(await fault(Buffer.from([0x31, 0x33, 0x38, 0xff, 0xfe]))).toContain('not UTF-8')
  expect(await fault('1'.repeat(5_000))).toContain('longer than 4096 characters')
})

test('more areas than a pool can have are refused', async () => {
  const lines = Array.from({ length: 1_025 }, (_, i) => `${1_000 + i},area-${i}`)
  expect(await fault(lines.join('\n'))).toContain('line 1025: more than 1024 areas')
})

test('parts hold one area each, in the order of the file, none above the size, all numbers once', async () => {
  const rows = Array.from({ length: 1_000 }, (_, i) => ({ number: String(13_800_000_000 + i), area: `area-${i % 3}` }))
  const path = await fileWith(rows.map(({ number, area }) => `${number},${area}`).join('\n'))
  const got = await parts(path, 100)
  expect(got.every(({ numbers }) => numbers.length <= 100)).toBe(true)
  for (const area of ['area-0', 'area-1', 'area-2']) {
    const wanted = rows.filter((row) => row.area === area).map((row) => row.number)
    expect(got.filter((part) => part.area === area).flatMap((part) => part.numbers)).toEqual(wanted)
  }
})

test('rows without an area take the one given', async () => {
  const got = await parts(await fileWith('13800000001\n13800000002,paris\n'), 10, 'lyon')
  expect(got).toEqual([
    { area: 'lyon', numbers: ['13800000001'] },
    { area: 'paris', numbers: ['13800000002'] },
  ])
})

test('a file that changes between checking and sending yields no last part', async () => {
  const path = await fileWith('13800000001\n13800000002\n13800000003\n')
  const checked = await checkFile(path, '', ignore)
  await appendFile(path, '13800000004\n')
  const got: Part[] = []
  const reading = async () => {
    for await (const part of partsOf(path, '', 2, checked)) got.push(part)
  }
  await expect(reading()).rejects.toThrow('the file was changed')
})

test('progress without a terminal is a plain line every two seconds, and none for what is quickly done', () => {
  const said: string[] = []
  let nowMs = 0
  const terminal = { out: ignore, err: (text: string) => said.push(text), isTty: false }
  const meter = meterOf(terminal, 'sending', 'numbers', 1_000_000, () => nowMs)
  for (let done = 0; done <= 1_000_000; done += 10_000) {
    meter.at(done)
    nowMs += 50
  }
  meter.end()
  expect(said).toEqual(['sending: 400,000 of 1,000,000 numbers', 'sending: 800,000 of 1,000,000 numbers'])
})
