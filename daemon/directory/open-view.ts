/** Opens the directory for a thread that reads it: a gateway, a shard, the main thread's pages. */
import { DirectoryRows } from '../store/directory-rows.js'
import type { Environment } from '../store/environment.js'
import { DirectoryFacts, type PageReader } from './facts-view.js'
import { LmdbDirectoryView } from './lmdb-view.js'
import { SharedVersion } from './shared-version.js'

export interface OpenDirectory {
  readonly view: LmdbDirectoryView
  readonly facts: DirectoryFacts
}

/**
 * @param environment the directory's, opened in this thread
 * @param version the writer's `SharedVersion.buffer`
 */
export function openDirectoryView(
  environment: Environment,
  pages: PageReader,
  version: SharedArrayBuffer,
): OpenDirectory {
  const rows = new DirectoryRows(environment)
  return {
    view: new LmdbDirectoryView(environment, rows, new SharedVersion(version)),
    facts: new DirectoryFacts(environment, rows, pages),
  }
}
