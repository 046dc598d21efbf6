import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { bounds } from '../bounds.js'
import { Failure } from '../failure.js'
import { MemoryJournal, MemoryReader, sampleItem } from '../testing/watch-journals.js'
import { tickPauseMs, WatchHub } from './watch-hub.js'
import type { Audience } from './watch-item.js'
import type { CutOff, Watcher } from './watcher.js'

const allKinds = 0xfe
const internal = new Failure('INTERNAL', 'told by the test')

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function fixture() {
  const journals = [new MemoryJournal(), new MemoryJournal()]
  const cutOffs: CutOff[] = []
  let events = 0
  const hub = new WatchHub({
    journals,
    metrics: {
      watchers: () => undefined,
      delivered: (by) => {
        events += by
      },
      cutOff: (why) => void cutOffs.push(why),
    },
    faulted: () => internal,
  })
  const watch = (audience: Audience, resumeToken = '', takes = true, kinds = allKinds) => {
    const reader = new MemoryReader(takes)
    const watcher = hub.open({ audience, kinds, resumeToken }, reader)
    return { reader, watcher }
  }
  return { hub, journals, shard: journals[1]!, cutOffs, watch, delivered: () => events }
}

const tick = () => vi.advanceTimersByTime(bounds.watchTickMs * 4)
const items = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, i) => sampleItem(1, String(i), 1, bytes))

test('a watch from now on begins with a token and no event', () => {
  const { shard, watch } = fixture()
  shard.append([sampleItem(1, 'before')])
  const { reader } = watch(1)
  expect(reader.responses).toEqual([{ events: [], resumeToken: expect.stringMatching(/.+/) }])
  shard.append([sampleItem(1, 'after')])
  tick()
  expect(reader.ids).toEqual(['after'])
})

test('one message is composed for all readers of an audience, and each event is counted for each', () => {
  const { shard, watch, delivered } = fixture()
  const [one, other] = [watch(1), watch(1)]
  tick()
  shard.append([sampleItem(1, 'a'), sampleItem(2, 'b'), sampleItem(1, 'c')])
  tick()
  expect(one.reader.messages[1]).toBe(other.reader.messages[1])
  expect(one.reader.ids).toEqual(['a', 'c'])
  expect(delivered()).toBe(4)
})

test('a tenant sees nothing of another; kinds that were not asked for do not come', () => {
  const { shard, watch } = fixture()
  const [first, second, system] = [watch(1), watch(2, '', true, 1 << 2), watch('system')]
  tick()
  shard.append([sampleItem(1, 'one'), sampleItem(2, 'two', 2), sampleItem(2, 'other', 3)])
  tick()
  expect([first, second, system].map(({ reader }) => reader.ids)).toEqual([['one'], ['two'], ['one', 'two', 'other']])
})

test('an idle watcher gets a fresh token every ten seconds', () => {
  const { shard, watch } = fixture()
  const { reader } = watch(1)
  tick()
  shard.append([sampleItem(2, 'of another')])
  vi.advanceTimersByTime(bounds.watchIdleMs + bounds.watchTickMsMax)
  const [first, second, third] = reader.responses
  expect(second?.events).toEqual([])
  expect(second?.resumeToken).not.toBe(first?.resumeToken)
  expect(third).toBeUndefined()
})

test('tokens that are none, lie ahead or reach too far back are refused', () => {
  const { journals, shard, watch } = fixture()
  for (let i = 0; i < 3; i += 1) shard.append([sampleItem(1, String(i))])
  const { lastToken } = watch(1).reader
  const young = fixture()
  expect(watch(1, 'rubbish').watcher).toMatchObject({
    reason: 'INVALID_RESUME_TOKEN',
    metadata: { field: 'resume_token' },
  })
  expect(young.watch(1, lastToken).watcher).toMatchObject({ reason: 'INVALID_RESUME_TOKEN' })
  const old = fixture().watch(1).reader.lastToken
  shard.dropBefore(2)
  expect(watch(1, old).watcher).toMatchObject({ reason: 'RESUME_TOKEN_EXPIRED' })
  journals[0]!.append([])
  expect(watch(1, lastToken).watcher).not.toBeInstanceOf(Failure)
})

test('a reader that stops is cut off at its bound, and the others see everything', () => {
  const { shard, cutOffs, watch, hub } = fixture()
  const [stopped, reading] = [watch(1, '', false), watch(1)]
  tick()
  const total = 40
  for (let i = 0; i < total; i += 1) {
    shard.append([sampleItem(1, String(i), 1, 60_000)])
    vi.advanceTimersByTime(bounds.watchTickMsMax)
  }
  expect(stopped.reader.failures.map(({ reason }) => reason)).toEqual(['WATCH_TOO_SLOW'])
  expect(cutOffs).toEqual(['queue'])
  expect(reading.reader.ids).toHaveLength(total)
  expect(hub.size).toBe(1)
})

test('a reader that stops while it catches up is cut off after the time for it', () => {
  const { shard, cutOffs, watch } = fixture()
  const { lastToken } = watch(1).reader
  shard.append(items(400, 2_000))
  const { reader } = watch(1, lastToken, false)
  vi.advanceTimersByTime(bounds.watchStallMs - 1)
  expect(reader.failures).toEqual([])
  vi.advanceTimersByTime(1_000)
  expect(reader.failures.map(({ reason }) => reason)).toEqual(['WATCH_TOO_SLOW'])
  expect(cutOffs).toEqual(['stalled'])
})

test('over the bound of all together the slowest go, and what is queued stays bounded', () => {
  const { shard, cutOffs, watch, hub } = fixture()
  const many = Math.ceil(bounds.watchQueuedBytes / (bounds.watchQueueBytes / 2)) + 10
  for (let tenant = 1; tenant <= many; tenant += 1) watch(tenant, '', false)
  tick()
  for (let i = 0; i < 9; i += 1) {
    // A message for each: what waits for many readers at once is held once.
    shard.append(Array.from({ length: many }, (_, tenant) => sampleItem(tenant + 1, String(i), 1, 60_000)))
    vi.advanceTimersByTime(bounds.watchTickMsMax)
  }
  expect(new Set(cutOffs)).toEqual(new Set(['memory']))
  expect(hub.size * 9 * 60_000).toBeLessThan(bounds.watchQueuedBytes)
  expect(hub.size).toBeGreaterThan(0)
})

test('a message that waits for many readers is counted once', () => {
  const { shard, cutOffs, watch, hub } = fixture()
  for (let i = 0; i < 200; i += 1) watch(1, '', false)
  tick()
  for (let i = 0; i < 12; i += 1) {
    shard.append([sampleItem(1, String(i), 1, 60_000)])
    vi.advanceTimersByTime(bounds.watchTickMsMax)
  }
  // 200 queues of 720 KB: 144 MB if each were held by itself.
  expect(cutOffs).toEqual([])
  expect(hub.size).toBe(200)
})

test('a watcher too many is refused until another is closed', () => {
  const { watch, hub } = fixture()
  const first = watch(1)
  for (let i = 1; i < bounds.watchers; i += 1) watch(1)
  expect(watch(1).watcher).toMatchObject({ reason: 'OVERLOADED' })
  hub.closed(first.watcher as Watcher)
  expect(watch(1).watcher).not.toBeInstanceOf(Failure)
})

test('when the gateway drains all are told so, and their tokens go on elsewhere', () => {
  const { journals, shard, watch, hub } = fixture()
  const { reader } = watch(1)
  tick()
  shard.append([sampleItem(1, 'seen')])
  tick()
  hub.end(new Failure('SHUTTING_DOWN', 'told by the test'))
  expect(reader.failures.map(({ reason }) => reason)).toEqual(['SHUTTING_DOWN'])
  expect(watch(1).watcher).toMatchObject({ reason: 'SHUTTING_DOWN' })
  shard.append([sampleItem(1, 'missed')])
  const next = new WatchHub({
    journals,
    metrics: { watchers: () => undefined, delivered: () => undefined, cutOff: () => undefined },
    faulted: () => internal,
  })
  const again = new MemoryReader()
  next.open({ audience: 1, kinds: allKinds, resumeToken: reader.lastToken }, again)
  tick()
  expect(again.ids).toEqual(['missed'])
})

test('a damaged page ends the watches that come to it, and no timer stays behind the last watcher', () => {
  const { shard, watch, hub } = fixture()
  const { reader } = watch(1)
  tick()
  shard.damagedPage = shard.append([sampleItem(1, 'damaged')])
  tick()
  expect(reader.failures).toEqual([internal])
  const { reader: late } = watch(1, reader.lastToken)
  tick()
  expect(late.failures).toEqual([internal])
  expect(hub.size).toBe(0)
  tick()
  expect(vi.getTimerCount()).toBe(0)
})

test('the pause between ticks grows with the watchers and with the work, up to its bound', () => {
  expect(tickPauseMs(1, 0)).toBe(bounds.watchTickMs)
  expect(tickPauseMs(400, 0)).toBe(400 * bounds.watchTickMsPerWatcher)
  expect(tickPauseMs(1, 20)).toBe(60)
  expect(tickPauseMs(bounds.watchers, 1_000)).toBe(bounds.watchTickMsMax)
})
