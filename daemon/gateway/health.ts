/** grpc.health.v1.Health: what load balancers and supervisors ask. */
import type { Server } from '@grpc/grpc-js'
import { HealthImplementation, type ServingStatus } from 'grpc-health-check'

/**
 * Resolve is served from the first moment, what needs the shards only when they
 * are loaded; the daemon as a whole, under the empty name, when all of it is.
 */
const withShards = ['', 'xpool.v1.AllocationService', 'xpool.v1.AdministrationService'] as const
const atOnce = ['xpool.v1.ResolutionService'] as const

export type Serving = 'STARTING' | 'READY' | 'DRAINING'

export interface Health {
  set(serving: Serving): void
}

export function addHealth(server: Server): Health {
  const health = new HealthImplementation()
  const set = (serving: Serving): void => {
    const status = (serves: boolean): ServingStatus => (serves ? 'SERVING' : 'NOT_SERVING')
    for (const name of withShards) health.setStatus(name, status(serving === 'READY'))
    for (const name of atOnce) health.setStatus(name, status(serving !== 'DRAINING'))
  }
  set('STARTING')
  health.addToServer(server)
  return { set }
}
