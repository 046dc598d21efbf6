/** What must hold between any two steps, whatever was decided. */
import assert from 'node:assert'
import { isDeepStrictEqual } from 'node:util'
import type { Seq } from '../../daemon/core/binding.js'
import type { ShardEvent } from '../../daemon/core/events.js'
import { limits } from '../../daemon/core/limits.js'
import { type Answer, resolve } from '../../daemon/core/resolve.js'
import type { CoreUnderTest } from './core-under-test.js'
import { type Call, type NaiveAnswer, naiveResolve } from './naive-resolve.js'
import { familyOf } from './naive-routes.js'
import type { Held, NaiveShard } from './naive-shard.js'
import { outsider, parties } from './worlds.js'

/** Nothing is decided in between: Resolve must follow the clock by itself (I9). */
const lookAheadMs = [1, 10, 50, 100]

/** @param step counts the steps: each looks ahead by another time */
export function checkState(core: CoreUnderTest, model: NaiveShard, step: number): void {
  checkQuotas(model)
  checkKeys(model)
  checkFamilies(model)
  checkResolve(core, model, model.now)
  checkResolve(core, model, model.now + lookAheadMs[step % lookAheadMs.length]!)
}

/** I2, I9: every caller on every number gets what the model predicts. */
function checkResolve(core: CoreUnderTest, model: NaiveShard, now: number): void {
  const media = ['VOICE', 'SMS'] as const
  const callers = [...parties, undefined, outsider]
  for (const { digits, ordinal } of model.numbers) {
    const extensions = model.held.flatMap((held) => {
      return held.ordinal === ordinal && held.caller.startsWith('#') ? [held.caller.slice(1)] : []
    })
    for (const [i, caller] of callers.entries()) {
      checkCall(core, model, { number: digits, caller, extension: '', medium: media[(i + now) % 2]! }, now)
    }
    for (const [i, extension] of [...new Set([...extensions, '7'])].entries()) {
      const caller = callers[(i + now) % callers.length]
      checkCall(core, model, { number: digits, caller, extension, medium: 'VOICE' }, now)
    }
  }
}

function checkCall(core: CoreUnderTest, model: NaiveShard, call: Call, now: number): void {
  const answer = short(resolve(call, core.store, now))
  const permitted = naiveResolve(model, call, now)
  if (permitted.some((one) => isDeepStrictEqual(one, answer))) return
  const { caller, extension, number } = call
  assert.deepEqual(answer, permitted[0], `I2 I9: ${caller} calls ${number} ${extension} at ${now}`)
}

function short(answer: Answer): NaiveAnswer {
  switch (answer.outcome) {
    case 'CONNECT': {
      const { display, seq } = answer.source.reservation
      return { outcome: 'CONNECT', callee: answer.callee, display, seq, grace: answer.grace }
    }
    case 'FALLBACK':
      return { outcome: 'FALLBACK', callee: answer.callee }
    case 'REJECT': {
      const seq = answer.reason === 'NUMBER_FROZEN' ? undefined : answer.source?.reservation.seq
      const { reason } = answer
      return seq === undefined ? { outcome: 'REJECT', reason } : { outcome: 'REJECT', reason, seq }
    }
    case 'COLLECT_EXTENSION':
      return { outcome: 'COLLECT_EXTENSION', digits: answer.digits }
  }
}

/** I4, from the bindings alone; a quota that was lowered ends nothing, so only the fixed ones are compared. */
function checkQuotas(model: NaiveShard): void {
  for (const tenant of model.tenants.values()) {
    const { liveBindingsPerParty = Infinity, numbersHeld = Infinity } = tenant.quotas
    assert(model.numbersHeld(tenant.id, model.now).size <= numbersHeld, `I4: numbers held by ${tenant.name}`)
    for (const pool of model.pools.keys()) {
      for (const party of parties) {
        const live = model.liveOfParty(tenant.id, pool, party, model.now)
        assert(live <= liveBindingsPerParty, `I4: live bindings of ${party}`)
      }
    }
  }
}

/** I1: windows of one key never overlap unless one takes over the other; no key holds more than its bound. */
function checkKeys(model: NaiveShard): void {
  for (const held of model.held) {
    if (held.freeAt <= model.now) continue
    for (const next of model.successors(held)) {
      const overlaps = next.from < held.freeAt
      // An update may have changed whom the key reaches since it was taken over.
      const samePair = next.owner === held.owner || model.binding(next.seq)!.revision > 1
      const takesOver = next.from >= held.end && next.tenant === held.tenant && samePair
      const gone = model
        .successors(held)
        .some((other) => other !== next && other.from <= next.from && other.from >= held.end)
      // A booking acknowledged before a call overran wins at its start (I11).
      const cutsHold = held.heldUntil > held.end && next.from >= held.end
      assert(!overlaps || takesOver || gone || cutsHold, `I1: ${held.caller} on ${held.ordinal} belongs to two`)
    }
    const standing = model.on(held.ordinal, held.caller, model.now).length
    assert(standing <= limits.reservationsPerKey, 'I12: reservations of one key')
  }
}

/** I3: no number carries two families; on an exclusive one each moment is one binding's. */
function checkFamilies(model: NaiveShard): void {
  for (const { ordinal, digits } of model.numbers) {
    const standing = model.onNumber(ordinal, model.now)
    const families = new Set(standing.map((held) => held.family))
    assert(families.size <= 1, `I3: ${digits} carries ${[...families].join(' and ')}`)
    for (const one of standing) assert.equal(one.family, familyOf[model.binding(one.seq)!.mode])
  }
}

export interface Swept {
  readonly ended: Seq[]
  readonly freed: Seq[]
}

/** Ends and frees are announced once, in order, never early (I9); a removed party's key is freed by itself. */
export function checkSwept(model: NaiveShard, swept: Swept, events: readonly ShardEvent[]): void {
  for (const event of events) {
    if (event.type !== 'ended' && event.type !== 'freed') continue
    assert(event.seqs.length <= limits.dueIdsPerPage, 'I12: ids of one page')
    let last = -1
    for (const seq of event.seqs) {
      swept[event.type].push(seq)
      const times = event.type === 'ended' ? [model.binding(seq)!.endMs] : freeTimes(model, seq)
      const already = swept[event.type].filter((one) => one === seq).length
      assert(already <= times.length, `${seq} ${event.type} ${already} times`)
      const due = times.filter((at) => at <= model.now && at >= last)
      assert(due.length > 0, `I9: ${seq} ${event.type} early or out of order at ${model.now}: ${times.join()}`)
      last = Math.min(...due)
    }
  }
}

function freeTimes(model: NaiveShard, seq: Seq): number[] {
  const removed = model.held.filter((held) => held.seq === seq && held.removed)
  return [model.binding(seq)!.freeAtMs, ...removed.map((held) => held.freeAt)]
}

function isReplaced(model: NaiveShard, held: Held): boolean {
  return held.removed || model.successors(held).some((next) => next.from < held.freeAt)
}

export function checkNothingDue(model: NaiveShard, swept: Swept): void {
  const { now } = model
  const unended = model.bindings.filter((one) => one.endMs <= now && !one.released && !swept.ended.includes(one.seq))
  // A release that frees at once says so itself.
  const later = model.bindings.filter((one) => !one.released || one.freeAtMs > one.endMs)
  // One that lost all its keys to a take-over has nothing left to free; a restart forgets it.
  const owners = later.filter((one) => model.held.some((held) => held.seq === one.seq && !isReplaced(model, held)))
  const unfreed = owners.filter((one) => one.freeAtMs <= now && !swept.freed.includes(one.seq))
  assert.deepEqual(
    unended.map((one) => one.seq),
    [],
    'a sweep without a limit leaves nothing due',
  )
  assert.deepEqual(
    unfreed.map((one) => one.seq),
    [],
    'a sweep without a limit leaves nothing due',
  )
}
