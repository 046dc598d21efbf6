/**
 * A sign of life that reaches across containers: a socket in the data folder
 * that its holder listens on. The kernel closes it with the process, however
 * that ends, and answers a connection even while the process is busy. Needed
 * only where the pid tells nothing: a container that was killed and started
 * anew has a new pid namespace on the same machine.
 */
import { closeSync, openSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { lifeSignName } from './succession.js'

/** sun_path of unix(7) holds 108 bytes, its last one zero. */
const socketPathBytesMax = 107

interface LifeSign {
  stop(): Promise<void>
}

/** undefined where the file system knows no sockets. Does not keep the process alive. */
export function giveLifeSign(folder: string, id: string): Promise<LifeSign | undefined> {
  const { path, close } = socketPath(folder, id)
  const server = createServer((socket) => socket.destroy())
  server.unref()
  return new Promise((resolve) => {
    server.once('error', () => {
      close()
      resolve(undefined)
    })
    server.listen(path, () => {
      const stop = () => new Promise<void>((stopped) => server.close(() => stopped())).finally(close)
      resolve({ stop })
    })
  })
}

export function hasLifeSign(folder: string, id: string): Promise<boolean> {
  const { path, close } = socketPath(folder, id)
  return new Promise<boolean>((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    // Any other fault (no permission, a full backlog) means that somebody is there.
    socket.once('error', (error: NodeJS.ErrnoException) =>
      resolve(!['ECONNREFUSED', 'ENOENT'].includes(error.code ?? '')),
    )
  }).finally(close)
}

/** A folder with a long name is reached through a descriptor of it. */
function socketPath(folder: string, id: string): { readonly path: string; readonly close: () => void } {
  const name = lifeSignName(id)
  const path = join(folder, name)
  if (Buffer.byteLength(path) <= socketPathBytesMax) return { path, close: () => undefined }
  const descriptor = openSync(folder, 'r')
  return { path: `/proc/self/fd/${descriptor}/${name}`, close: () => closeSync(descriptor) }
}
