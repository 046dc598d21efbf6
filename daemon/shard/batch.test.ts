/** A batch alone: what it asks of the store, and what it tells whoever writes its page. */
import { expect, test } from 'vitest'
import type { Binding } from '../core/binding.js'
import { noCalls } from '../core/calls.js'
import type { Command } from '../core/commands.js'
import { ShardState } from '../core/state.js'
import { adoptSample, sampleAllocate } from '../core/testing.js'
import { Batch } from './batch.js'

const t0 = 1_800_000_000_000
const request = { id: 'r1', fingerprint: 'f'.repeat(32) }
const release = (seq: number): Command => ({ type: 'release', seq, tenant: 1, reason: '' })

/** A store that counts what is read of it. */
function storeOf(rows: readonly Binding[]) {
  const reads: number[] = []
  return {
    reads,
    binding: (seq: number) => {
      reads.push(seq)
      return rows.find((row) => row.seq === seq)
    },
    calls: () => noCalls,
    request: () => undefined,
  }
}

function shardWithOne() {
  const state = new ShardState()
  adoptSample(state, 10)
  const batch = new Batch(state, storeOf([]), t0)
  batch.run(sampleAllocate('13800000001', '13800000002'))
  const [event] = batch.events
  if (event?.type !== 'allocated') throw new Error('nothing was allocated')
  return { state, binding: event.binding }
}

test('a binding row is read once a batch, and handed on as the batch leaves it', () => {
  const { state, binding } = shardWithOne()
  const store = storeOf([binding])
  const batch = new Batch(state, store, t0 + 1)
  expect(batch.left(binding.seq)).toBeUndefined()
  expect(batch.run(release(binding.seq))).toMatchObject({ ok: true })
  expect(batch.run(release(binding.seq))).toMatchObject({ ok: true })
  expect(batch.events.map(({ type }) => type)).toEqual(['released'])
  expect(store.reads).toEqual([binding.seq])
  expect(batch.left(binding.seq)).toMatchObject({ seq: binding.seq, revision: 2, released: true, endMs: t0 + 1 })
})

test('what the batch itself allocates is not asked of the store', () => {
  const { state } = shardWithOne()
  const store = storeOf([])
  const batch = new Batch(state, store, t0 + 1)
  batch.run(sampleAllocate('13800000003', '13800000004'))
  batch.run(release(2))
  expect(batch.events.map(({ type }) => type)).toEqual(['allocated', 'released'])
  expect(batch.left(2)).toMatchObject({ released: true })
  expect(store.reads).toEqual([])
})

test('I7: a request id repeated within the batch replays; of another pool it is another', () => {
  const { state } = shardWithOne()
  const batch = new Batch(state, storeOf([]), t0 + 1)
  const command = { ...sampleAllocate('13800000003', '13800000004'), request }
  expect(batch.run(command)).toMatchObject({ ok: true, seq: 2, replayed: false })
  expect(batch.run(command)).toMatchObject({ ok: true, seq: 2, replayed: true })
  expect(batch.run({ ...command, pool: 2 })).toMatchObject({ refusal: { reason: 'POOL_NOT_FOUND' } })
})
