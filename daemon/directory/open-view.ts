/** Opens the directory for a thread that reads it: a gateway, a shard, the main thread's pages. */
import { directoryTables, openDirectoryEnvironment } from '../store/directory-environment.js'
import { DirectoryPages } from '../store/directory-pages.js'
import { DirectoryRows } from '../store/directory-rows.js'
import { DirectoryFacts } from './facts-view.js'
import { LmdbDirectoryView } from './lmdb-view.js'
import { SharedVersion } from './shared-version.js'

export interface OpenDirectory {
  readonly view: LmdbDirectoryView
  readonly facts: DirectoryFacts
  close(): Promise<void>
}

/**
 * The writer has opened the directory before, if it is in this process.
 * @param path of the directory's environment (directoryPath)
 * @param version the writer's `SharedVersion.buffer`
 */
export function openDirectoryView(path: string, version: SharedArrayBuffer): OpenDirectory {
  const environment = openDirectoryEnvironment(path, { readOnly: true })
  const rows = new DirectoryRows(directoryTables(environment))
  return {
    view: new LmdbDirectoryView(environment, rows, new SharedVersion(version)),
    facts: new DirectoryFacts(environment, rows, new DirectoryPages(environment)),
    close: () => environment.close(),
  }
}
