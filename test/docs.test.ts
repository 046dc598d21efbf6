/** The documentation as a reader finds it: links lead somewhere, commands exist, every page is in the index. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { exitCode } from '../daemon/cli/exit-code.js'
import { run } from '../daemon/cli/program.js'
import { root } from './sources.js'

const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

test('every link between pages leads to a file', () => {
  const faults = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  )
  expect(faults).toEqual([])
})

test('every npm script that a page names exists', () => {
  const faults = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm run ([\w:-]+)/g)]
      .map((match) => match[1]!)
      .filter((script) => !(script in manifest.scripts))
      .map((script) => `${path}: npm run ${script}`),
  )
  expect(faults).toEqual([])
})

test('every xpool command that a page shows has arguments that xpool understands', async () => {
  const lines = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:\$ )?npx xpool (.*)$/gm)].map((match) => ({ path, line: match[1]!.replace(/\s+#.*$/, '') })),
  )
  expect(lines.length).toBeGreaterThan(5)
  const misunderstood: string[] = []
  for (const { path, line } of lines) {
    // Nobody listens there, so that what is understood ends as unreachable and changes nothing.
    const args = ['--server', '127.0.0.1:9', '--timeout', '100ms', ...line.split(/\s+/)]
    const code = await run(args, { out: () => {}, err: () => {}, isTty: false })
    if (code === exitCode.usage) misunderstood.push(`${path}: npx xpool ${line}`)
  }
  expect(misunderstood).toEqual([])
})

test('docs/README.md lists every page of docs but the single decisions', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8')
  const missing = pages
    .map(({ path }) => path)
    .filter((path) => path.startsWith('docs/') && path !== 'docs/README.md' && !/^docs\/adr\/\d/.test(path))
    .filter((path) => !index.includes(`](${path.replace('docs/', '')})`))
  expect(missing).toEqual([])
})

test('the index of decisions lists every decision, numbered without gaps', () => {
  const index = readFileSync(join(root, 'docs/adr/README.md'), 'utf8')
  const records = pages.map(({ path }) => path.replace('docs/adr/', '')).filter((name) => /^\d{4}-/.test(name))
  expect(records.filter((name) => !index.includes(`](${name})`))).toEqual([])
  expect(records.map((name) => Number(name.slice(0, 4))).sort((a, b) => a - b)).toEqual(records.map((_, i) => i + 1))
})

test('every decision says its context, itself, its evidence and what would change it', () => {
  const wanted = ['## Context', '## Decision', '## Evidence', '## What would change it']
  const faults = pages
    .filter(({ path }) => /^docs\/adr\/\d/.test(path))
    .flatMap(({ path, text }) => wanted.filter((title) => !text.includes(title)).map((title) => `${path}: ${title}`))
  expect(faults).toEqual([])
})
