/** A thread that reads the directory as a gateway does: asked for a number and a caller, it refreshes its view and answers. */
import { parentPort, workerData } from 'node:worker_threads'
import { openDirectoryView } from '../../daemon/directory/open-view.js'

interface Asked {
  readonly number: string
  readonly tenant: string
  /** Of whom the answer says whether it is banned, as of the start of time. */
  readonly caller?: string
}

const { path, version } = workerData as { path: string; version: SharedArrayBuffer }
const { view, close } = openDirectoryView(path, version)

parentPort!.on('message', (asked: Asked | 'end') => {
  if (asked === 'end') {
    void close().then(() => parentPort!.close())
    return
  }
  view.refresh()
  const tenant = view.tenantByName(asked.tenant)
  const banned = view.banned(asked.caller ?? '000', '', tenant?.id ?? 0, 0)
  parentPort!.postMessage({
    banned,
    state: view.number(asked.number)?.state,
    quota: tenant?.quotas.liveBindings,
    version: view.version,
  })
})
