/** Opens the directory for a thread that reads it: a gateway, a shard, the main thread's pages. */

import type { DirectoryFact } from '../core/directory.js'
import { BanRows } from '../store/directory-ban-rows.js'
import { directoryTables, openDirectoryEnvironment } from '../store/directory-environment.js'
import { DirectoryPages } from '../store/directory-pages.js'
import { DirectoryRows } from '../store/directory-rows.js'
import { DirectoryFacts } from './facts-view.js'
import { LmdbDirectoryView } from './lmdb-view.js'
import { SharedVersion } from './shared-version.js'

/** What one shard's loop asks of the directory. */
export interface ShardFeed {
  /** One read of shared memory. */
  version(): number
  /** Everything at present; resolves to the version that it stands for. */
  load(take: (fact: DirectoryFact) => void): Promise<number>
  /** What has changed after `version`, in order. Throws FactsGone: then load anew. */
  since(version: number): { readonly facts: readonly DirectoryFact[]; readonly version: number }
}

export interface OpenDirectory {
  readonly view: LmdbDirectoryView
  readonly facts: DirectoryFacts
  feed(shard: number): ShardFeed
  close(): Promise<void>
}

/**
 * The writer has opened the directory before, if it is in this process.
 * @param path of the directory's environment (directoryPath)
 * @param version the writer's `SharedVersion.buffer`
 */
export function openDirectoryView(path: string, version: SharedArrayBuffer): OpenDirectory {
  const environment = openDirectoryEnvironment(path, { readOnly: true })
  const tables = directoryTables(environment)
  const rows = new DirectoryRows(tables)
  const shared = new SharedVersion(version)
  const facts = new DirectoryFacts(environment, rows, new DirectoryPages(environment))
  return {
    view: new LmdbDirectoryView(environment, { rows, bans: new BanRows(tables) }, shared),
    facts,
    feed: (shard) => ({
      version: () => shared.version,
      load: (take) => facts.loadFacts(shard, (chunk) => chunk.forEach(take)),
      since: (known) => facts.factsSince(shard, known),
    }),
    close: () => environment.close(),
  }
}
