/** Builds the core's state at start, and again after a fault, from directory and store. */
import { Restorer } from '../core/restore.js'
import { ShardState } from '../core/state.js'
import type { DirectoryFeed, ShardStore } from './shard-store.js'

export interface LoadedState {
  readonly state: ShardState
  readonly directoryVersion: number
}

export async function loadState(store: ShardStore, directory: DirectoryFeed): Promise<LoadedState> {
  const state = new ShardState()
  const directoryVersion = await directory.load((fact) => state.adopt(fact))
  const { rates, ...progress } = store.progress()
  const restorer = new Restorer(state, progress)
  await store.scanReservations((ordinal, key, byStart) => restorer.route(ordinal, key, byStart))
  restorer.finish()
  for (const { tenant, theoreticalMs } of rates) restorer.rate(tenant, theoreticalMs)
  const daysFromMs = restorer.daysFromMs()
  if (daysFromMs !== undefined) await store.bindingsSince(daysFromMs, (binding) => restorer.madeToday(binding))
  return { state, directoryVersion }
}
