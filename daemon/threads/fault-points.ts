/**
 * Lets a test make a thread of a running daemon come to grief. Served only with
 * XPOOL_FAULT_POINTS=on in the environment, on the loopback HTTP port.
 */
import type { Reply, Routes } from '../http/routes.js'
import type { GatewayThreads } from './gateway-threads.js'
import type { ShardThreads } from './shard-threads.js'

export function serveFaultPoints(routes: Routes, shards: ShardThreads, gateways: GatewayThreads): Routes {
  const done: Reply = { status: 202, type: 'text/plain; charset=utf-8', body: 'injected\n' }
  const faults = new Map<string, () => void>([
    ['/faults/shard/assertion-after-commit', () => shards.inject('assertion-after-commit')],
    ['/faults/shard/out-of-memory', () => shards.inject('out-of-memory')],
    ['/faults/gateway/exception', () => gateways.inject('exception')],
    ['/faults/gateway/out-of-memory', () => gateways.inject('out-of-memory')],
  ])
  const served = new Map(routes)
  for (const [path, inject] of faults) {
    served.set(path, async () => {
      inject()
      return done
    })
  }
  return served
}
