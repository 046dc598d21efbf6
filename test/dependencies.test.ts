import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './sources.js'

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
const [atRunTime, forDevelopment] = page.split('## For development')

test('docs/dependencies.md gives a reason and a way out for every dependency, and for no other', () => {
  expect(listed(atRunTime!)).toEqual(Object.keys(manifest.dependencies))
  expect(listed(forDevelopment!)).toEqual(Object.keys(manifest.devDependencies))
})

test('every row of docs/dependencies.md is filled in', () => {
  const cells = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => line.split('|').slice(1, -1))
  expect(cells.filter((cell) => cell.trim() === '')).toEqual([])
})

function listed(section: string): string[] {
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]!)
}
