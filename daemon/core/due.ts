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
  return nextDueMs(state) <= at
}

/** When something is due next; Infinity for never. */
export function nextDueMs(state: ShardState): number {
  return Math.min(state.ends.nextMs(), state.frees.nextMs(), state.expirings.nextMs())
}

/**
 * The ends due at `now`, or, when there are none, the frees, and then the ends to be announced; at most
 * `limit`. In this order, for a binding that ends can be the next to be freed, and need not be announced.
 */
export function decideDue(state: ShardState, now: number, limit: number = limits.dueIdsPerPage): ShardEvent[] {
  const at = state.clamp(now)
  const ended = take(state, state.ends, at, limit)
  if (ended !== undefined) return [{ type: 'ended', ...ended }]
  const freed = take(state, state.frees, at, limit)
  if (freed !== undefined) {
    // A hang-up may free a binding in the very millisecond up to which later ones were freed: the mark stays.
    return [{ type: 'freed', seqs: freed.seqs, upTo: later(state.freedUpTo, freed.upTo) }]
  }
  const expiring = take(state, state.expirings, at, limit)
  return expiring === undefined ? [] : [{ type: 'expiring', ...expiring }]
}

function later(a: DueMark, b: DueMark): DueMark {
  return a.ms > b.ms || (a.ms === b.ms && a.seq > b.seq) ? a : b
}

function take(
  state: ShardState,
  queue: DueQueue,
  now: number,
  limit: number,
): { seqs: number[]; tenants: number[]; upTo: DueMark } | undefined {
  const slots = queue.due(now, limit)
  const last = slots.at(-1)
  if (last === undefined) return undefined
  const seqs = slots.map((slot) => state.bindings.seq.get(slot))
  const tenants = slots.map((slot) => state.bindings.tenant.get(slot))
  return { seqs, tenants, upTo: { ms: queue.timeOf(last), seq: seqs.at(-1)! } }
}
