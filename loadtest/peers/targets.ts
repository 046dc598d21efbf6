/** The rows of the table of targets, as docs/peers.md explains them. */

export interface Target {
  readonly id: string
  readonly work: string
  readonly unit: 'x' | 's' | 'B'
  /** Whether a greater figure is the better one. */
  readonly better: 'more' | 'less'
  readonly must: number
  readonly goal: number
}

export const targets = [
  more('resolve-saturated', 'Resolve unary, saturated, against bare grpc-js echo', 0.85, 1.3),
  less('resolve-one', 'Resolve unary, one at a time: p50 against the echo', 1.15, 1.05),
  more('resolve-stream', 'ResolveStream, batches of 64, against Redis HGET pipelined 64', 0.4, 1),
  more('allocate-stream', 'Allocate durable, AllocateStream 16 x 16, against Redis + Lua pipelined 16 x 16', 1.5, 3),
  more('allocate-unary', 'Allocate durable unary, 64 outstanding, against Redis + Lua, 64 clients', 0.7, 1),
  less('mixed', 'mixed 90/5/5 at half of the peak rate: Resolve p99 with the writes against without', 2, 1.2),
  less('gateways-unary', 'two gateway threads against one: server CPU per Resolve, unary', 1.15, 1.03),
  less('gateways-stream', 'two gateway threads against one: server CPU per Resolve, stream', 1.15, 1.03),
  less('large-unary', 'Resolve unary at 10 M live against 10 k: time', 1.15, 1.05),
  less('large-stream', 'ResolveStream of 64 at 10 M live against 10 k: time', 3, 1.5),
  less('fullness', 'Allocate in a pool 99 % full against half full: time', 2, 1.2),
  less('start-resolve', 'start with 1 M numbers and 1 M live: Resolve served', 3, 1, 's'),
  less('start-allocate', 'start with 1 M numbers and 1 M live: ready for Allocate', 10, 3, 's'),
  less('start-large', 'start with 10 M live: ready for Allocate', 90, 30, 's'),
  less('memory', 'resident memory per live binding, beside the map (RssAnon)', 300, 120, 'B'),
  less('disk', 'disk per live binding (pages in use; journal and request ids apart)', 600, 350, 'B'),
] as const satisfies readonly Target[]

export type RowId = (typeof targets)[number]['id']

function more<Id extends string>(id: Id, work: string, must: number, goal: number) {
  return { id, work, unit: 'x', better: 'more', must, goal } as const
}

function less<Id extends string>(id: Id, work: string, must: number, goal: number, unit: Target['unit'] = 'x') {
  return { id, work, unit, better: 'less', must, goal } as const
}
