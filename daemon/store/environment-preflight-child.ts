/**
 * The process that environment-preflight.ts puts at risk. It stands alone, with
 * no import from this project, so that it runs as a script in any tree.
 *
 *   node environment-preflight-child DIRECTORY [EMPTY]
 *
 * With a folder EMPTY it copies all that is live there, else it looks at the ends of every database.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { open } from 'lmdb'

const binary = { keyEncoding: 'binary', encoding: 'binary' } as const

async function check(directory: string, copy: string | undefined): Promise<void> {
  const root = open({ ...binary, path: directory, noSubdir: false, readOnly: true, maxDbs: 64, overlappingSync: false })
  // A compacting copy reads every live page and the whole free list.
  if (copy === undefined) lookAtEnds(root)
  else await root.backup(copy, true)
  await nextTurn()
  await root.close()
}

/** First and last record of every database, the pages above them with them. */
function lookAtEnds(root: ReturnType<typeof open>): void {
  const names = [...root.getKeys()].map((key) => Buffer.from(key as Uint8Array).toString('utf8'))
  for (const name of names) {
    const database = root.openDB(name, binary)
    if (database === undefined) throw new Error(`database ${name} is listed and not there`)
    for (const reverse of [false, true]) {
      for (const entry of database.getRange({ reverse, limit: 1 })) void entry.value
    }
  }
}

const [directory = '', copy] = process.argv.slice(2)
try {
  await check(directory, copy)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
