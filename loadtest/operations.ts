/** Spreads a workload's operations over the connections. */
import { BatchStream } from './batch-stream.js'
import type { Connection } from './connections.js'
import { resolveBatch, resolveUnary } from './workloads/call-setup.js'
import { churnBatch, churnUnary } from './workloads/churn.js'
import { mixedBatch, mixedUnary } from './workloads/mixed.js'
import type { Operation, Placed, Scene } from './workloads/operation.js'

export interface Operations {
  readonly all: readonly Operation[]
  /** Ends the streams. */
  close(): void
}

export function operationsOf(scene: Scene, connections: readonly Connection[]): Operations {
  const lines = connections.map((connection) => line(scene, connection))
  const all = Array.from({ length: scene.options.outstanding }, (_, index) => {
    const at = index % connections.length
    return lines[at]!.operation({ scene, connection: connections[at]!, index })
  })
  return {
    all,
    close() {
      for (const one of lines) one.close()
    },
  }
}

interface Line {
  operation(placed: Placed): Operation
  close(): void
}

/** One connection's streams, opened only for the workloads that use them. */
function line({ options }: Scene, { resolution, allocation }: Connection): Line {
  if (options.mode === 'unary') {
    const make = { 'call-setup': resolveUnary, churn: churnUnary, mixed: mixedUnary }[options.workload]
    return { operation: make, close: () => undefined }
  }
  if (options.workload === 'call-setup') {
    const stream = new BatchStream(resolution.resolveStream())
    return { operation: (placed) => resolveBatch(placed, stream), close: () => stream.end() }
  }
  const allocates = new BatchStream(allocation.allocateStream())
  if (options.workload === 'churn') {
    return { operation: (placed) => churnBatch(placed, allocates), close: () => allocates.end() }
  }
  const resolves = new BatchStream(resolution.resolveStream())
  return {
    operation: (placed) => mixedBatch(placed, resolves, allocates),
    close: () => {
      resolves.end()
      allocates.end()
    },
  }
}
