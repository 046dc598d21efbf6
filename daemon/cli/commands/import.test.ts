import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import { type CannedMethods, refused } from '../../client/canned-server.js'
import type { AddNumbersRequest } from '../../generated/xpool/v1/administration.js'
import { runCanned as xpool } from '../canned-run.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

describe('import', () => {
  async function fileOf(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'xpool-cli-'))
    cleanups.push(() => rm(folder, { recursive: true }))
    const path = join(folder, 'numbers.csv')
    await writeFile(path, text)
    return path
  }
  const rows = (count: number) => Array.from({ length: count }, (_, i) => `${700_100_000 + i},area-${i % 2}`).join('\n')

  /** Counts as the daemon does: what was added before goes live with the part marked last. */
  function importer(refuse: (parts: number) => Parameters<typeof refused>[0] | undefined = () => undefined) {
    const got: AddNumbersRequest[] = []
    let calls = 0
    const addNumbers: CannedMethods['addNumbers'] = ({ request }, answer) => {
      const no = refuse(++calls)
      if (no !== undefined) return answer(refused(no))
      got.push(request)
      const all = got.reduce((sum, part) => sum + part.numbers.length, 0)
      return answer(null, { added: request.numbers.length, live: request.last ? all : 0 })
    }
    return { got, methods: { addNumbers } }
  }

  test('parts of one area go out under one id, the last of them marked', async () => {
    const { got, methods } = importer()
    const file = await fileOf(rows(250))
    const { code, out } = await xpool(methods, 'import', file, '--pool', 'city', '--part-size', '100')
    expect(code).toBe(0)
    expect(out).toMatch(/^live in pool city: 250 numbers \(2 areas, \d+\.\d s\)$/)
    expect(got.map((part) => [part.numbers.length, part.area, part.last])).toEqual([
      [100, 'area-0', false],
      [100, 'area-1', false],
      [25, 'area-0', false],
      [25, 'area-1', true],
    ])
    expect(new Set(got.map((part) => part.importId)).size).toBe(1)
    expect(got[0]!.importId).toMatch(/^import-/)
  })

  test('one bad line: its number is named, and nothing is sent', async () => {
    const { got, methods } = importer()
    const file = await fileOf(`${rows(250)}\n7001x\n`)
    const { code, err } = await xpool(methods, 'import', file, '--pool', 'city')
    expect(code).toBe(2)
    expect(err).toContain('line 251: "7001x" is not a number')
    expect(got).toEqual([])
  })

  test('a part that is refused ends the import: the last one is never sent', async () => {
    const exists = { code: status.ALREADY_EXISTS, reason: 'NUMBER_EXISTS', message: '700100150 is in a pool already' }
    const { got, methods } = importer((calls) => (calls === 3 ? exists : undefined))
    const { code, err } = await xpool(methods, 'import', await fileOf(rows(250)), '--pool', 'c', '--part-size', '100')
    expect(code).toBe(1)
    expect(got.some((part) => part.last)).toBe(false)
    expect(err).toContain('none of its numbers is live')
    expect(err).toContain('NUMBER_EXISTS: A pool has this number already')
  })

  test('a part refused for now is sent again', async () => {
    const busy = { code: status.RESOURCE_EXHAUSTED, reason: 'OVERLOADED', message: 'busy', retryAfterMs: 5 }
    const { got, methods } = importer((calls) => (calls === 2 || calls === 3 ? busy : undefined))
    const { code, out } = await xpool(
      methods,
      'import',
      await fileOf(rows(250)),
      ...['--pool', 'c', '--part-size', '100', '--json', '--import-id', 'mine'],
    )
    expect(code).toBe(0)
    expect(got.map((part) => part.importId)).toEqual(['mine', 'mine', 'mine', 'mine'])
    expect(JSON.parse(out)).toMatchObject({ pool: 'c', import_id: 'mine', live: 250, areas: 2, parts: 4 })
  })

  test('another count live than was sent is a fault', async () => {
    const addNumbers: CannedMethods['addNumbers'] = (_call, answer) => answer(null, { added: 1, live: 249 })
    const { code, err } = await xpool({ addNumbers }, 'import', await fileOf(rows(250)), '--pool', 'c')
    expect(code).toBe(1)
    expect(err).toContain('249 numbers went live, and 250 were in the file')
  })
})
