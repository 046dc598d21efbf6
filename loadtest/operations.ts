/** Spreads a workload's operations over the connections. */
import { BatchStream } from './batch-stream.js'
import type { Connection } from './connections.js'
import { callSetupBatch, callSetupUnary } from './workloads/call-setup.js'
import { churnBatch, churnUnary } from './workloads/churn.js'
import { mixedBatch, mixedUnary, patterns } from './workloads/mixed.js'
import type { Operation, Placed, Scene } from './workloads/operation.js'
import { openResolves, resolveBatch, resolveUnary } from './workloads/resolve.js'

export interface Operations {
  readonly all: readonly Operation[]
  /** Ends the streams. */
  close(): void
}

export function operationsOf(scene: Scene, connections: readonly Connection[]): Operations {
  const streams: { end(): void }[] = []
  const makers = connections.map((connection) => maker(scene, connection, streams))
  const all = Array.from({ length: scene.options.outstanding }, (_, index) => {
    const at = index % connections.length
    return makers[at]!({ scene, connection: connections[at]!, index })
  })
  return {
    all,
    close() {
      for (const stream of streams) stream.end()
    },
  }
}

type Make = (placed: Placed) => Operation

/** One connection's streams are opened only for the workloads that use them. */
function maker({ options }: Scene, connection: Connection, streams: { end(): void }[]): Make {
  const { workload, mode } = options
  if (mode === 'unary') return unaryOf(workload)
  const { resolution, allocation } = connection
  const opened = <Stream extends { end(): void }>(stream: Stream): Stream => {
    streams.push(stream)
    return stream
  }
  if (workload === 'churn') {
    const allocates = opened(new BatchStream(allocation.allocateStream()))
    return (placed) => churnBatch(placed, allocates)
  }
  const resolves = opened(openResolves(connection))
  if (workload === 'resolve') return (placed) => resolveBatch(placed, resolves)
  if (workload === 'call-setup') {
    const reports = opened(new BatchStream(resolution.reportCallStream()))
    return (placed) => callSetupBatch(placed, resolves, reports)
  }
  const allocates = opened(new BatchStream(allocation.allocateStream()))
  return (placed) => mixedBatch(placed, { resolves, allocates }, patterns[workload])
}

function unaryOf(workload: Scene['options']['workload']): Make {
  if (workload === 'resolve') return resolveUnary
  if (workload === 'call-setup') return callSetupUnary
  if (workload === 'churn') return churnUnary
  return (placed) => mixedUnary(placed, patterns[workload])
}
