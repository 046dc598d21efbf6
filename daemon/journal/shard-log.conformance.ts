/**
 * What every ShardLog must do, as a suite that the tests of each implementation
 * run. It is not a test by itself.
 */
import { describe, expect, it } from 'vitest'
import { ChainTip, emptyRun } from './chain-tip.js'
import type { Page } from './page.js'
import { emptyHead, type SealedPage } from './seal-page.js'
import { type CommitRequest, type LogHead, PagesDropped, type ShardLog } from './shard-log.js'

/** Makes a fresh log for one test; `reopen` closes it and opens the same again, where it outlives that. */
export interface LogFactory {
  open(): Promise<{ readonly log: ShardLog; readonly reopen?: () => Promise<ShardLog> }>
}

const counting = (count: number) => Uint8Array.from({ length: count }, (_, i) => i & 0xff)
const never = () => {
  throw new Error('apply must not run')
}

function sealNext(tip: ChainTip, epoch: number, text: string): SealedPage {
  const events = [new TextEncoder().encode(text)]
  return tip.seal({ epoch, nowMs: 1_000 + tip.head.seq, directoryVersion: 1, events }, counting)
}

function request(epoch: number, sealed: SealedPage): CommitRequest {
  return { epoch, expectedSeq: sealed.page.seq, page: sealed.page, hash: sealed.hash }
}

/** A hash may be of any kind of bytes. */
const shown = ({ seq, hash }: LogHead) => [seq, Buffer.from(hash).toString('hex')]
const text = (page: Page) => Buffer.from(page.entries[0]!.event).toString()

/** Commits pages with these texts from the log's head on. */
async function append(log: ShardLog, epoch: number, texts: readonly string[]): Promise<SealedPage[]> {
  const tip = new ChainTip(log.head(), emptyRun)
  const pages: SealedPage[] = []
  for (const one of texts) {
    const sealed = sealNext(tip, epoch, one)
    expect(await log.commit(request(epoch, sealed), () => {})).toEqual({ seq: sealed.page.seq })
    tip.accept(sealed)
    pages.push(sealed)
  }
  return pages
}

async function take(log: ShardLog, fromSeq: number, count: number): Promise<string[]> {
  const stop = new AbortController()
  const texts: string[] = []
  for await (const page of log.follow(fromSeq, stop.signal)) {
    texts.push(text(page))
    if (texts.length === count) stop.abort()
  }
  return texts
}

export function describeShardLog(name: string, factory: LogFactory): void {
  describe(`shard log: ${name}`, () => {
    describeCommits(factory)
    describeRefusals(factory)
    describeReading(factory)
  })
}

function describeCommits(factory: LogFactory): void {
  it('begins empty, and applies each page once before it answers', async () => {
    const { log } = await factory.open()
    const lease = await log.acquire('one')
    expect(shown(lease.head)).toEqual(shown(emptyHead))
    const tip = new ChainTip(lease.head, emptyRun)
    const applied: number[] = []
    const sealed = sealNext(tip, lease.epoch, 'a')
    const answer = await log.commit(request(lease.epoch, sealed), (page) => applied.push(page.seq))
    expect(answer).toEqual({ seq: 1 })
    expect(applied).toEqual([1])
    expect(shown(log.head())).toEqual(shown({ seq: 1, hash: sealed.hash }))
  })

  it('takes the same page again without applying it again: how InDoubt is settled', async () => {
    const { log } = await factory.open()
    const { epoch } = await log.acquire('one')
    const [last] = await append(log, epoch, ['a'])
    expect(await log.commit(request(epoch, last!), never)).toEqual({ seq: 1 })
    expect(log.head().seq).toBe(1)
  })

  it('answers conflict for a page that does not follow the head', async () => {
    const { log } = await factory.open()
    const { epoch } = await log.acquire('one')
    const stale = sealNext(new ChainTip(emptyHead, emptyRun), epoch, 'stale')
    const pages = await append(log, epoch, ['a', 'b'])
    const expectConflict = async (sealed: SealedPage) => {
      const answer = await log.commit(request(epoch, sealed), never)
      expect('conflict' in answer && shown(answer.head)).toEqual(shown({ seq: 2, hash: pages[1]!.hash }))
    }
    await expectConflict(stale)
    const gap = sealNext(new ChainTip({ seq: 7, hash: pages[1]!.hash }, emptyRun), epoch, 'gap')
    await expectConflict(gap)
    const foreign = sealNext(new ChainTip({ seq: 2, hash: pages[0]!.hash }, emptyRun), epoch, 'foreign')
    await expectConflict(foreign)
    expect(await take(log, 1, 2)).toEqual(['a', 'b'])
  })
}

function describeRefusals(factory: LogFactory): void {
  it('keeps nothing of a page whose apply throws, and takes it afterwards', async () => {
    const { log } = await factory.open()
    const { epoch } = await log.acquire('one')
    const sealed = sealNext(new ChainTip(log.head(), emptyRun), epoch, 'a')
    const fault = log.commit(request(epoch, sealed), () => {
      throw new Error('apply failed')
    })
    await expect(fault).rejects.toThrow('apply failed')
    expect(shown(log.head())).toEqual(shown(emptyHead))
    expect(await log.commit(request(epoch, sealed), () => {})).toEqual({ seq: 1 })
  })

  it('fences an owner when another has taken over, and tells it so', async () => {
    const { log } = await factory.open()
    const first = await log.acquire('one')
    await append(log, first.epoch, ['a'])
    const second = await log.acquire('two')
    expect(second.epoch).toBeGreaterThan(first.epoch)
    expect(first.lost.aborted).toBe(true)
    expect(second.lost.aborted).toBe(false)
    const late = sealNext(new ChainTip(log.head(), emptyRun), first.epoch, 'late')
    expect(await log.commit(request(first.epoch, late), never)).toEqual({ fenced: true })
    await append(log, second.epoch, ['b'])
    expect(await take(log, 1, 2)).toEqual(['a', 'b'])
  })
}

function describeReading(factory: LogFactory): void {
  it('follows from any page, and goes on with pages that come later', async () => {
    const { log } = await factory.open()
    const { epoch } = await log.acquire('one')
    await append(log, epoch, ['a', 'b', 'c'])
    expect(await take(log, 2, 2)).toEqual(['b', 'c'])
    const later = take(log, 3, 3)
    await append(log, epoch, ['d', 'e'])
    expect(await later).toEqual(['c', 'd', 'e'])
  })

  it('stops following when told to, also while it waits', async () => {
    const { log } = await factory.open()
    const stop = new AbortController()
    const followed = (async () => {
      for await (const _ of log.follow(1, stop.signal)) throw new Error('there is no page')
    })()
    stop.abort()
    await expect(followed).resolves.toBeUndefined()
  })

  it('drops old pages, keeps the last, and says so to who asks for them', async () => {
    const { log } = await factory.open()
    const { epoch } = await log.acquire('one')
    await append(log, epoch, ['a', 'b', 'c'])
    await log.truncate(3)
    expect(await take(log, 3, 1)).toEqual(['c'])
    await expect(take(log, 1, 1)).rejects.toThrow(PagesDropped)
    await log.truncate(99)
    expect(await take(log, 3, 1)).toEqual(['c'])
    await append(log, epoch, ['d'])
    expect(await take(log, 3, 2)).toEqual(['c', 'd'])
  })

  it('has its pages and its head after it is opened again, and a higher epoch', async () => {
    const opened = await factory.open()
    if (opened.reopen === undefined) return
    const { epoch } = await opened.log.acquire('one')
    const pages = await append(opened.log, epoch, ['a', 'b'])
    const again = await opened.reopen()
    expect(shown(again.head())).toEqual(shown({ seq: 2, hash: pages[1]!.hash }))
    expect((await again.acquire('two')).epoch).toBeGreaterThan(epoch)
    expect(await take(again, 1, 2)).toEqual(['a', 'b'])
  })
}
