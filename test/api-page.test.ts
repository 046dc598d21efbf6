/** docs/api.md against the contract and the daemon's own table of reasons. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { Failure, reasons } from '../daemon/gateway/failure.js'
import { root } from './sources.js'

const page = readFileSync(join(root, 'docs/api.md'), 'utf8')
const protos = globSync('proto/xpool/v1/*.proto', { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8'))

test('docs/api.md lists every service with its methods, in the order of the contract', () => {
  const listed = [...page.matchAll(/^\| `(\w+Service)` \| [^|]* \| ([^|]*) \|$/gm)]
  expect(Object.fromEntries(listed.map(([, service, methods]) => [service, quoted(methods!)]))).toEqual(services())
})

test('docs/api.md explains every outcome and every reason of Resolve', () => {
  const explained = [...page.matchAll(/^\| `((?:OUTCOME|REASON)_\w+)` \| [^|]+\|$/gm)].map((row) => row[1]!)
  const values = [...protos.join('\n').matchAll(/^ {2}((?:OUTCOME|REASON)_\w+) = [1-9]\d*;/gm)].map((row) => row[1]!)
  expect(explained.sort()).toEqual(values.sort())
})

test('docs/api.md gives every reason of an error once, with the code that the daemon sends', () => {
  const rows = [...page.matchAll(/^\| ([A-Z_]+) \| `([A-Z_]+)` \| \S/gm)].map((row) => `${row[1]} ${row[2]}`)
  expect(rows.sort()).toEqual(reasons.map((reason) => `${status[new Failure(reason, '').code]} ${reason}`).sort())
})

function services(): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const text of protos) {
    for (const [, name, body] of text.matchAll(/^service (\w+) \{([^}]*)\}/gm)) {
      found[name!] = [...body!.matchAll(/^ {2}rpc (\w+)\(/gm)].map((row) => row[1]!)
    }
  }
  return found
}

function quoted(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map((match) => match[1]!)
}
