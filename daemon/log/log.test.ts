import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Level } from './catalogue.js'
import { burstLines, type Log, openLog } from './log.js'
import { errorFact, lineBytesMax, logLine } from './log-line.js'
import { mask } from './mask.js'

function capture(level: Level = 'debug') {
  const lines: string[] = []
  const pipe = { full: false, nowMs: 1_700_000_000_000 }
  const write = (line: string) => {
    if (pipe.full) throw new Error('EAGAIN')
    lines.push(line)
  }
  const log = openLog({ thread: 'main', level, write, now: () => pipe.nowMs })
  return { log, pipe, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('log', () => {
  test('a line holds time, level, id, message, thread and the facts', () => {
    const { log, lines, parsed } = capture()
    log('CLOCK_BEHIND', { behindMs: 1_500 })
    expect(lines[0]).toMatch(/^\{.*\}\n$/)
    expect(parsed()).toEqual([
      {
        time: '2023-11-14T22:13:20.000Z',
        level: 'warning',
        id: 'CLOCK_BEHIND',
        message: expect.stringContaining('wall clock is behind'),
        thread: 'main',
        behindMs: 1_500,
      },
    ])
  })

  test('an unknown id, a missing fact and one too many do not compile', () => {
    const never = (log: Log) => {
      // @ts-expect-error not in the catalogue
      log('NO_SUCH_ID', {})
      // @ts-expect-error behindMs is missing
      log('CLOCK_BEHIND', {})
      // @ts-expect-error party is no fact of it
      log('CLOCK_BEHIND', { behindMs: 1, party: '13812345678' })
    }
    expect(never).toBeTypeOf('function')
  })

  test('what is below the level is not written', () => {
    const { log, parsed } = capture('warning')
    log('DAEMON_STOPPED', { tookMs: 1 })
    log('DEV_MODE', {})
    log('SHARD_FENCED', { shard: 0, epoch: 2 })
    expect(parsed().map(({ id }) => id)).toEqual(['DEV_MODE', 'SHARD_FENCED'])
  })

  test('I12 a flood of one id is a few lines that say how many were left out, and other ids are still heard', () => {
    const { log, pipe, parsed } = capture()
    for (let i = 0; i < 1_000; i += 1) log('REQUEST_FAILED', { method: 'Resolve', error: 'x' })
    log('DEV_MODE', {})
    expect(parsed()).toHaveLength(burstLines + 1)
    pipe.nowMs += 1_000
    log('REQUEST_FAILED', { method: 'Resolve', error: 'x' })
    log('REQUEST_FAILED', { method: 'Resolve', error: 'x' })
    expect(parsed()).toHaveLength(burstLines + 2)
    expect(parsed().at(-1)).toMatchObject({ id: 'REQUEST_FAILED', suppressed: 1_000 - burstLines })
    pipe.nowMs -= 3_600_000
    log('REQUEST_FAILED', { method: 'Resolve', error: 'x' })
    pipe.nowMs += 1_000
    log('REQUEST_FAILED', { method: 'Resolve', error: 'x' })
    expect(parsed().at(-1)).toMatchObject({ suppressed: 2 })
  })

  test('a reader that is too slow loses lines, which the next one counts', () => {
    const { log, pipe, parsed } = capture()
    pipe.full = true
    log('DEV_MODE', {})
    log('DEV_MODE', {})
    pipe.full = false
    log('DEV_MODE', {})
    log('DEV_MODE', {})
    expect(parsed().map(({ dropped }) => dropped)).toEqual([2, undefined])
  })

  test('I12 no line is longer than a pipe takes in one piece, and each is JSON', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 9_000 }), fc.constant('\u0000'.repeat(3_000)))
    fc.assert(
      fc.property(text, text, (error, method) => {
        const source = { timeMs: 0, thread: 'gateway-0', suppressed: 0, dropped: 0 }
        const line = logLine({ ...source, id: 'REQUEST_FAILED', facts: { method, error } })
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(lineBytesMax)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(JSON.parse(line)).toMatchObject({ id: 'REQUEST_FAILED' })
      }),
      { numRuns: 200 },
    )
  })

  test('an error tells its stack and its causes', () => {
    const text = errorFact(new TypeError('outer', { cause: new Error('inner') }))
    expect(text).toContain('TypeError: outer')
    expect(text).toContain('log.test.ts')
    expect(text).toMatch(/caused by Error: inner/)
    expect(errorFact('plain')).toBe('plain')
  })

  test('lines of a worker thread are on stderr when the process is killed right after', () => {
    const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))
    const inWorker = `
      require(${JSON.stringify(place('../../test/resolve-typescript.ts'))})
      const { openLog } = require(${JSON.stringify(place('./log.ts'))})
      openLog({ thread: 'shard-0', level: 'info' })('WRITER_LOST', { writer: 'shard-0', error: 'gone' })
      process.kill(process.pid, 'SIGKILL')`
    const script = `new (require('node:worker_threads').Worker)(${JSON.stringify(inWorker)}, { eval: true }); while (true);`
    const child = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 30_000 })
    expect(child.signal).toBe('SIGKILL')
    const line = child.stderr.split('\n').find((l) => l.startsWith('{'))
    expect(JSON.parse(line ?? '')).toMatchObject({ level: 'error', id: 'WRITER_LOST', thread: 'shard-0' })
  })
})

describe('mask', () => {
  test('leaves the first three and the last two digits', () => {
    expect(mask('13812345678')).toBe('138******78')
    expect(mask('12345678')).toBe('123***78')
  })

  test('a short number, or what is no number, is all stars', () => {
    expect(['110', '1234567', '', 'anonymous', '+13812345678'].map(mask)).toEqual([
      '***',
      '*******',
      '',
      '*********',
      '************',
    ])
  })

  test('never tells more than five digits, and always hides at least three', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{3,40}$/), (digits) => {
        const shown = mask(digits).replaceAll('*', '').length
        expect(shown).toBeLessThanOrEqual(5)
        expect(digits.length - shown).toBeGreaterThanOrEqual(3)
      }),
    )
  })
})
