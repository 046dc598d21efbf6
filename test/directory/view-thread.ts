/** A thread that reads the directory as a gateway does: asked for a number, it refreshes its view and answers. */
import { parentPort, workerData } from 'node:worker_threads'
import { openDirectoryView } from '../../daemon/directory/open-view.js'
import { directoryDatabases } from '../../daemon/store/directory-tables.js'
import { openEnvironment } from '../../daemon/store/environment.js'

const { path, version } = workerData as { path: string; version: SharedArrayBuffer }
const environment = openEnvironment(path, { databases: directoryDatabases, mapSizeBytes: 2 ** 32 })
const noPages = { head: () => 0, pagesAfter: () => [] }
const { view } = openDirectoryView(environment, noPages, version)

parentPort!.on('message', (asked: { number: string; tenant: string } | 'end') => {
  if (asked === 'end') {
    parentPort!.close()
    return
  }
  view.refresh()
  const quota = view.tenantByName(asked.tenant)?.quotas.liveBindings
  parentPort!.postMessage({ state: view.number(asked.number)?.state, quota, version: view.version })
})
