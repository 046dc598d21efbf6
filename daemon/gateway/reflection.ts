/** grpc.reflection.v1: the contract as clients can ask for it, read from the .proto files that are shipped. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Server } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { ReflectionService } from '@grpc/reflection'

const files = ['resolution', 'allocation', 'administration'].map((name) => `xpool/v1/${name}.proto`)

export function addReflection(server: Server): void {
  const root = protoFolder(dirname(fileURLToPath(import.meta.url)))
  const definition = loadSync(files, { keepCase: true, includeDirs: [root, join(root, 'google-rpc')] })
  new ReflectionService(definition).addToServer(server)
}

/** The nearest `proto` above: sources and output lie at different depths. */
function protoFolder(from: string): string {
  const folder = join(from, 'proto')
  if (existsSync(join(folder, 'xpool', 'v1'))) return folder
  const above = dirname(from)
  if (above === from) throw new Error('the folder proto/ with the contract is not beside the program')
  return protoFolder(above)
}
