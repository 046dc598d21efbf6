import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { objection, partOf, tableRows } from './import-table.js'
import { importsOf, projectSources, root, sourceOf } from './sources.js'

const sources = projectSources()
const graph = new Map(sources.map((source) => [source.path, importsOf(source)]))

test('every import keeps to the table of docs/architecture.md', () => {
  const faults = sources.flatMap((source) =>
    graph.get(source.path)!.flatMap((one) => {
      const why = objection(source.path, one)
      return why === undefined ? [] : [`${source.path}:${one.line} ${why}`]
    }),
  )
  expect(faults).toEqual([])
})

test('docs/architecture.md shows the table as it is', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const shown = page
    .slice(page.indexOf('## Who may import whom'))
    .split('\n')
    .filter((line) => /^\| \w+ \| /.test(line))
  expect(shown.slice(1)).toEqual(tableRows())
})

test('every relative import names a file that exists, so none escapes the table by a wrong extension', () => {
  const known = new Set(sources.map((source) => source.path))
  const faults = sources.flatMap((source) =>
    graph
      .get(source.path)!
      .filter((one) => one.file !== undefined && !known.has(one.file) && !one.file.startsWith('daemon/generated/'))
      .map((one) => `${source.path}:${one.line} ${one.specifier}`),
  )
  expect(faults).toEqual([])
})

test('no cycles between files, type imports included', () => {
  expect(
    firstCycle((path) => graph.get(path)?.flatMap((one) => one.file ?? []) ?? [], [...graph.keys()]),
  ).toBeUndefined()
})

test('the table refuses what it must refuse', () => {
  const refused: [string, string][] = [
    ['daemon/core/decide.ts', "import { readFileSync } from 'node:fs'"],
    ['daemon/core/decide.ts', "import type { Page } from '../journal/page.js'"],
    ['daemon/core/decide.ts', "import { processClock } from '../clock/process-clock.js'"],
    ['daemon/shard/loop.ts', "import { open } from 'lmdb'"],
    ['daemon/gateway/resolve.ts', "import { decide } from '../core/decide.js'"],
    ['daemon/gateway/resolve.ts', "const core = await import('../core/decide.js')"],
    ['daemon/gateway/resolve.ts', "export { openShardStore } from '../store/shard-store.js'"],
    ['loadtest/run.ts', "import { connect } from '../daemon/client/connect.js'"],
    ['daemon/cli/main.ts', "import fastCheck from 'fast-check'"],
  ]
  for (const [path, text] of refused) {
    const found = importsOf(sourceOf(path, text)).map((one) => objection(path, one))
    expect(found, `${path}: ${text}`).toEqual([expect.stringMatching(/may (not )?import/)])
  }
})

test('the table permits what the parts are for', () => {
  const permitted: [string, string][] = [
    ['daemon/core/decide.ts', "import assert from 'node:assert'"],
    ['daemon/store/environment.ts', "import { open } from 'lmdb'"],
    ['daemon/gateway/resolve.ts', "import { speaking } from '../core/reservation.js'"],
    ['daemon/core/decide.test.ts', "import fc from 'fast-check'"],
    ['loadtest/run.ts', "import { ResolveRequest } from '../daemon/generated/xpool/v1/resolution.js'"],
  ]
  for (const [path, text] of permitted) {
    for (const one of importsOf(sourceOf(path, text))) expect(objection(path, one)).toBeUndefined()
  }
})

test('a folder that nobody put into the table is an error, not a free pass', () => {
  expect(() => partOf('daemon/misc/thing.ts')).toThrow(/not in the import table/)
})

test('the search for cycles finds one', () => {
  const edges: Record<string, string[]> = { a: ['b'], b: ['c'], c: ['a'], d: [] }
  expect(firstCycle((path) => edges[path]!, ['d', 'a'])).toEqual(['a', 'b', 'c', 'a'])
})

/** The first cycle met in a depth-first walk, as the path from a file back to itself. */
function firstCycle(targets: (path: string) => readonly string[], starts: readonly string[]): string[] | undefined {
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): string[] | undefined => {
    const at = trail.indexOf(path)
    if (at >= 0) return [...trail.slice(at), path]
    if (done.has(path)) return undefined
    for (const target of targets(path)) {
      const cycle = walk(target, [...trail, path])
      if (cycle !== undefined) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const start of starts) {
    const cycle = walk(start, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}
