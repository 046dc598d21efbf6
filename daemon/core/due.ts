/**
 * What time has done: bindings whose end or free_at has passed. Ends are judged
 * by time wherever it matters; these events let the counters and watchers
 * follow, in bulk and in order, and write no rows (I9).
 */
import type { DueQueue } from './due-queue.js'
import type { DueMark, ShardEvent } from './events.js'
import { limits } from './limits.js'
import type { ShardState } from './state.js'

/** Whether an end or a free_at lies at or before `now`. */
export function hasDue(state: ShardState, now: number): boolean {
  const at = state.clamp(now)
  return state.ends.nextMs() <= at || state.frees.nextMs() <= at
}

/**
 * The ends due at `now`, or, when there are none, the frees; at most `limit`. In
 * this order, for a binding that ends can be the next to be freed.
 */
export function decideDue(state: ShardState, now: number, limit: number = limits.dueIdsPerPage): ShardEvent[] {
  const at = state.clamp(now)
  const ended = take(state, state.ends, at, limit, (slot) => state.bindings.endMs.get(slot))
  if (ended !== undefined) return [{ type: 'ended', ...ended }]
  const freed = take(state, state.frees, at, limit, (slot) => state.bindings.freeAtMs.get(slot))
  return freed === undefined ? [] : [{ type: 'freed', ...freed }]
}

function take(
  state: ShardState,
  queue: DueQueue,
  now: number,
  limit: number,
  timeOf: (slot: number) => number,
): { seqs: number[]; upTo: DueMark } | undefined {
  const slots = queue.due(now, limit)
  const last = slots.at(-1)
  if (last === undefined) return undefined
  const seqs = slots.map((slot) => state.bindings.seq.get(slot))
  return { seqs, upTo: { ms: timeOf(last), seq: seqs.at(-1)! } }
}
