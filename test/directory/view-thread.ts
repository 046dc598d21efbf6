/** A thread that reads the directory as a gateway does: asked for a number, it refreshes its view and answers. */
import { parentPort, workerData } from 'node:worker_threads'
import { openDirectoryView } from '../../daemon/directory/open-view.js'

const { path, version } = workerData as { path: string; version: SharedArrayBuffer }
const { view, close } = openDirectoryView(path, version)

parentPort!.on('message', (asked: { number: string; tenant: string } | 'end') => {
  if (asked === 'end') {
    void close().then(() => parentPort!.close())
    return
  }
  view.refresh()
  const quota = view.tenantByName(asked.tenant)?.quotas.liveBindings
  parentPort!.postMessage({ state: view.number(asked.number)?.state, quota, version: view.version })
})
