import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkShard } from '../../daemon/store/check.js'
import { checkEnvironment } from '../../daemon/store/environment-preflight.js'
import { openShardEnvironment } from '../../daemon/store/shard-environment.js'

const rounds = 5
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xpool.crash-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const nodeFlags = ['--import', path('../resolve-typescript.ts'), path('./writer-child.ts')]

/** Runs the writer until `until` says stop, then kills it; gives back every whole line that it printed. */
function runWriter(until: (lines: number) => boolean, shell?: string): Promise<string[]> {
  const command = [process.execPath, ...nodeFlags, directory]
  const child =
    shell === undefined
      ? spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
      : spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
      if (until(said.split('\n').length - 1)) child.kill('SIGKILL')
    })
    child.on('error', reject)
    child.on('close', () => resolve(said.split('\n').slice(0, -1)))
  })
}

async function checked() {
  await checkEnvironment(directory)
  const environment = openShardEnvironment(directory, { mapSizeBytes: 2 ** 30 })
  const report = await checkShard(environment)
  await environment.close()
  return report
}

describe('a writer that is killed', () => {
  it('loses no page that it said was durable, and leaves none half done (I5)', async () => {
    let said = 0
    for (let round = 1; round <= rounds; round += 1) {
      const lines = await runWriter((count) => count >= 20 + 13 * round)
      const last = Number(lines.at(-1))
      expect(last).toBeGreaterThan(said)
      const { problems, journal, records } = await checked()
      expect(problems).toEqual([])
      // At most the one page that was committed and not yet spoken of.
      expect(journal!.head.seq - last).toBeLessThanOrEqual(1)
      expect(journal!.head.seq).toBeGreaterThanOrEqual(last)
      // One page is one binding with two routes and its user data: all of it, or nothing.
      expect(records).toMatchObject({
        binding: journal!.head.seq,
        user_data: journal!.head.seq,
        route: 2 * journal!.head.seq,
      })
      said = last
    }
  })
})

describe('a disk without room', () => {
  it.skipIf(process.platform === 'win32')('refuses the page, keeps reading, and is whole afterwards', async () => {
    // A limit on the size of files stands for a full disk: writes fail in the same place.
    const lines = await runWriter(() => false, 'ulimit -f 800')
    const full = lines.at(-1)!
    const pages = lines.length - 1
    expect(full).toBe(`full ${pages} undefined`)
    const { problems, journal } = await checked()
    expect(problems).toEqual([])
    expect(journal!.head.seq).toBe(pages)
  })
})
