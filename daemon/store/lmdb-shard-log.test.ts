import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ChainTip, emptyRun } from '../journal/chain-tip.js'
import { emptyHead } from '../journal/seal-page.js'
import { describeShardLog } from '../journal/shard-log.conformance.js'
import { type Environment, openEnvironment } from './environment.js'
import { LmdbShardLog } from './lmdb-shard-log.js'

const directories: string[] = []
const environments: Environment[] = []

function open(directory: string): LmdbShardLog {
  const environment = openEnvironment(directory, { databases: ['journal'] })
  environments.push(environment)
  return new LmdbShardLog(environment)
}

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'xpool.log-'))
  directories.push(directory)
  return directory
}

afterEach(async () => {
  for (const environment of environments.splice(0)) await environment.close()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

describeShardLog('in LMDB', {
  open: async () => {
    const directory = newDirectory()
    const log = open(directory)
    const reopen = async () => {
      for (const environment of environments.splice(0)) await environment.close()
      return open(directory)
    }
    return { log, reopen }
  },
})

describe('log in LMDB', () => {
  const random = (count: number) => new Uint8Array(count)

  it('fences the former owner in another instance, too', async () => {
    const directory = newDirectory()
    const former = open(directory)
    const { epoch } = await former.acquire('one')
    const present = open(directory)
    await present.acquire('two')
    const sealed = new ChainTip(emptyHead, emptyRun).seal({ epoch, nowMs: 1, directoryVersion: 0, events: [] }, random)
    const answer = await former.commit({ epoch, expectedSeq: 1, ...sealed }, () => {
      throw new Error('apply must not run')
    })
    expect(answer).toEqual({ fenced: true })
  })
})
