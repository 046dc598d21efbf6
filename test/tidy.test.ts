import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectSources, root, sourceOf } from './sources.js'
import { tidyRules } from './tidy-rules.js'

const sources = projectSources()

for (const rule of tidyRules) {
  test(rule.says, () => {
    expect(sources.flatMap(rule.faults)).toEqual([])
  })
}

test('every rule finds the fault that it is for', () => {
  const long = 'x\n'.repeat(301)
  const body = `${'  x()\n'.repeat(60)}`
  const faulty: readonly [string, string][] = [
    ['daemon/core/a.ts', long],
    ['daemon/core/a.ts', `export const f = () => {\n${body}}\n`],
    ['daemon/core/a.ts', `// ${'TO'}${'DO'}: later\n`],
    ['daemon/core/date-utils.ts', ''],
    ['daemon/shard/a.ts', "console.log('here')\n"],
    ['daemon/shard/a.ts', 'export default 1\n'],
    ['daemon/shard/a.ts', "export { a } from './b.js'\n"],
    ['daemon/core/a.ts', '/** The file. */\n\nimport b from "b"\nexport class B {}\n\nexport class C {}\n'],
    ['daemon/core/a.ts', 'export const limits = { queue: 10 } as const\n'],
  ]
  const seen = faulty.map(([path, text], i) => tidyRules[i]!.faults(sourceOf(path, text)).length)
  expect(seen).toEqual([1, 1, 1, 1, 1, 1, 1, 2, 1])
})

test('the rules leave alone what is right', () => {
  const chapter = `describe('all', () => {\n${"  it('is', () => {})\n".repeat(70)}})\n`
  const right: readonly [string, string][] = [
    ['test/a.test.ts', chapter],
    ['daemon/cli/show.ts', "console.log('a table')\n"],
    ['vitest.config.ts', 'export default {}\n'],
    ['daemon/core/a.ts', "import { b } from './b.js'\n\n/** Ends it. */\nexport function f(): void {}\n"],
    ['daemon/core/a.ts', 'export function isFree(at: number): boolean {\n  return at <= 0\n}\n'],
    ['daemon/core/a.ts', 'export const limits = { queueRows: 10, waitMs: 5, members: 200 } as const\n'],
  ]
  for (const [path, text] of right) {
    expect(tidyRules.flatMap((rule) => rule.faults(sourceOf(path, text)))).toEqual([])
  }
})

test('no file speaks of the machine that it was written on', () => {
  const places = ['work', 'farm', 'home', 'Users', 'private', 'root'].map((name) => `/${name}/`)
  const faults = textFiles().flatMap(([path, text]) =>
    text.split('\n').flatMap((line, i) => {
      const found = places.some((place) => new RegExp(`(^|[\\s'"\`(=:])${place}`).test(line))
      return found ? [`${path}:${i + 1} ${line.trim()}`] : []
    }),
  )
  expect(faults).toEqual([])
})

test('dependencies have exact versions, and the lock file names no registry', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const versions = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies })
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toContain('"resolved"')
})

test('install scripts: node alone may run its own, every other one is refused by name', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const approved = Object.entries(manifest.allowScripts).filter(([, allowed]) => allowed === true)
  expect(approved).toEqual([['node', true]])
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const withScripts = Object.entries<{ hasInstallScript?: boolean; optional?: boolean }>(lock.packages)
    .filter(([path, one]) => path !== '' && one.hasInstallScript === true && one.optional !== true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
  expect(withScripts.filter((name) => !(name in manifest.allowScripts))).toEqual([])
})

/** Tracked text files, and new ones not ignored; the lock file and what is generated hold nothing of ours. */
function textFiles(): [string, string][] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  return listed
    .toString()
    .split('\n')
    .filter((path) => path !== '' && path !== 'package-lock.json' && !/\.(png|svg|gif|ico|mdb)$/.test(path))
    .flatMap((path) => {
      const text = readIfThere(path)
      return text === undefined || text.includes('\0') ? [] : [[path, text] as [string, string]]
    })
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined // deleted in the working tree, still in the index
  }
}
