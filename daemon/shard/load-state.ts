/** Builds the core's state at start, and again after a fault, from directory and store. */
import { Restorer } from '../core/restore.js'
import { ShardState } from '../core/state.js'
import type { DirectoryFeed, LoopStore } from './loop-store.js'

export interface LoadedState {
  readonly state: ShardState
  readonly directoryVersion: number
}

export async function loadState(store: LoopStore, directory: DirectoryFeed): Promise<LoadedState> {
  const state = new ShardState()
  const directoryVersion = await directory.load((fact) => state.adopt(fact))
  const { clockMs, nextSeq, endedUpTo, freedUpTo, expiringUpTo, lowPools, rates } = store.meta()
  const restorer = new Restorer(state, { nowMs: clockMs, nextSeq, endedUpTo, freedUpTo, expiringUpTo })
  await store.eachRoute((ordinal, key, byStart) => restorer.route(ordinal, key, byStart))
  await store.eachExtension((ordinal, next) => restorer.extension(ordinal, next))
  restorer.finish()
  for (const pool of lowPools) restorer.low(pool)
  for (const [tenant, theoreticalMs] of rates) restorer.rate(tenant, theoreticalMs)
  const daysFromMs = restorer.daysFromMs()
  if (daysFromMs !== undefined) await store.bindingsSince(daysFromMs, (binding) => restorer.madeToday(binding))
  return { state, directoryVersion }
}
