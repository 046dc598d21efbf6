import { describe, expect, it } from 'vitest'
import { ChainTip, emptyRun } from './chain-tip.js'
import { MemoryShardLog } from './memory-shard-log.js'
import { emptyHead } from './seal-page.js'
import { describeShardLog } from './shard-log.conformance.js'
import { InDoubt, StorageUnavailable } from './shard-log.js'

describeShardLog('in memory', { open: async () => ({ log: new MemoryShardLog() }) })

describe('failures of the log in memory', () => {
  const sealed = new ChainTip(emptyHead, emptyRun).seal(
    { epoch: 1, nowMs: 1, directoryVersion: 0, events: [] },
    (count) => new Uint8Array(count),
  )
  const request = { epoch: 1, expectedSeq: 1, ...sealed }

  it('keeps nothing when storage is unavailable, or when the page of an InDoubt was lost', async () => {
    const log = new MemoryShardLog()
    await log.acquire('one')
    log.failNext('unavailable')
    await expect(log.commit(request, () => {})).rejects.toThrow(StorageUnavailable)
    log.failNext('in-doubt-lost')
    await expect(log.commit(request, () => {})).rejects.toThrow(InDoubt)
    expect(log.head().seq).toBe(0)
  })

  it('settles an InDoubt whose page was kept by the same page', async () => {
    const log = new MemoryShardLog()
    await log.acquire('one')
    let applied = 0
    const apply = () => {
      applied += 1
    }
    log.failNext('in-doubt-kept')
    await expect(log.commit(request, apply)).rejects.toThrow(InDoubt)
    expect(await log.commit(request, apply)).toEqual({ seq: 1 })
    expect(applied).toBe(1)
  })
})
