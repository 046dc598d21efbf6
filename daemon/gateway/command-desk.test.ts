import { expect, test } from 'vitest'
import { bounds } from './bounds.js'
import { CommandDesk, type Decided } from './command-desk.js'
import { Failure } from './failure.js'
import { MemoryDirectory } from './testing/memory-directory.js'
import { MemoryShard } from './testing/memory-shard.js'
import { allocateRequest, nowMs, x } from './testing/serve.js'

function desk() {
  const directory = new MemoryDirectory([x])
  const clock = { now: () => nowMs, jumped: false }
  const shard = new MemoryShard(directory, clock.now)
  const made = new CommandDesk({ directory, shards: [shard], shardClient: shard, clock, rules: [] })
  const patience = { deadlineMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal }
  const ask = () => {
    const { promise, resolve } = Promise.withResolvers<Decided>()
    return made.submit({ $case: 'allocate', value: allocateRequest() }, patience, resolve) ?? promise
  }
  return { shard, desk: made, ask }
}

test('I12: commands beyond the bound are refused until others are answered', async () => {
  const { shard, ask } = desk()
  let open = () => {}
  shard.gate = new Promise((resolve) => {
    open = resolve
  })
  const waiting = Array.from({ length: bounds.commandsOutstanding }, ask)
  expect(waiting.every((one) => one instanceof Promise)).toBe(true)
  expect(ask()).toMatchObject({ reason: 'OVERLOADED', retryAfterMs: bounds.overloadedRetryMs })
  expect(shard.submitted).toHaveLength(bounds.commandsOutstanding)
  open()
  await Promise.all(waiting)
  expect(ask()).toBeInstanceOf(Promise)
})

test('an infinite deadline stays infinite on the way to the shard', async () => {
  const { shard, ask } = desk()
  await ask()
  expect(shard.deadlines).toEqual([Number.POSITIVE_INFINITY])
})

test('an acknowledged binding that cannot be read back is a fault, not an answer', async () => {
  const { shard, ask, desk: one } = desk()
  const decided = ask()
  if (decided instanceof Failure) throw new Error(decided.reason)
  const answer = await decided
  shard.bindings.clear()
  expect(() => one.conclude(answer, nowMs)).toThrow('is not there')
})
