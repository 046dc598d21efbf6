import { expect, test } from 'vitest'
import { type CpuProfile, summaryOf } from './cpu-profile.js'

const root = 'file:///somewhere/dist/daemon/gateway'
const packages = 'file:///somewhere/node_modules'
const frames: readonly [string, string][] = [
  ['(idle)', ''],
  ['(garbage collector)', ''],
  ['writev', ''],
  ['one', `${root}/byte-resolver.js`],
  ['', `${packages}/@grpc/grpc-js/build/src/server.js`],
  ['getBinaryFast', `${packages}/lmdb/read.js`],
  ['encode', `${packages}/protobufjs/writer.js`],
  ['nextTick', 'node:internal/process/task_queues'],
]

/** Each frame `times` times, a millisecond each. */
function profile(times: readonly number[]): CpuProfile {
  return {
    nodes: frames.map(([functionName, url], i) => ({ id: i + 1, callFrame: { functionName, url, lineNumber: 9 } })),
    samples: times.flatMap((count, i) => new Array<number>(count).fill(i + 1)),
    timeDeltas: times.flatMap((count) => new Array<number>(count).fill(1_000)),
  }
}

test('self time is summed by function and by whose it is, over all profiles, without what was idle', () => {
  const { busyMs, byLayer, functions } = summaryOf([profile([50, 1, 2, 3, 4, 5, 6, 7]), profile([0, 0, 0, 20])])
  expect(busyMs).toBeCloseTo(48)
  expect(byLayer).toEqual({ ours: 23, 'grpc-js': 4, 'lmdb-js': 5, npm: 6, node: 7, gc: 1, native: 2 })
  expect(functions.map(({ name }) => name).slice(0, 2)).toEqual([
    'one daemon/gateway/byte-resolver.js:10',
    'nextTick node:internal/process/task_queues:10',
  ])
  expect(functions.map(({ name }) => name)).toContain('(anonymous) @grpc/grpc-js/build/src/server.js:10')
})

test('time in which the thread did not run counts for nobody, and so does the profiler itself', () => {
  const nodes = [frames[3]!, frames[1]!, ['post', 'node:inspector'] as const].map(([functionName, url], i) => ({
    id: i + 1,
    callFrame: { functionName, url, lineNumber: 0 },
  }))
  const { busyMs, byLayer } = summaryOf([{ nodes, samples: [1, 1, 2, 3], timeDeltas: [500, 80_000, 4_000, 900_000] }])
  expect([busyMs, byLayer.ours, byLayer.gc]).toEqual([5.5, 1.5, 4])
})

test('two functions of one file are two, and a look at a node that is not there counts for nothing', () => {
  const nodes = [1, 2].map((id) => ({
    id,
    callFrame: { functionName: 'same', url: `${root}/a.js`, lineNumber: id },
  }))
  const { functions } = summaryOf([{ nodes, samples: [1, 2, 2, 3], timeDeltas: [1_000, 1_000, 1_000, 1_000] }])
  expect(functions.map(({ selfMs }) => selfMs)).toEqual([2, 1])
})
