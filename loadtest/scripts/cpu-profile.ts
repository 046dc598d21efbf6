/** Sums up CPU profiles as V8 writes them: self time by function, and by whose function it is. */

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  /** Ids of nodes, one for each look. */
  readonly samples: readonly number[]
  /** Microseconds since the look before. */
  readonly timeDeltas: readonly number[]
}

/** Whose code it is. `native` is what V8 sees no script of: system calls, LMDB, the runtime's own C++. */
export const layers = ['ours', 'grpc-js', 'lmdb-js', 'npm', 'node', 'gc', 'native'] as const
export type Layer = (typeof layers)[number]

export interface FunctionTime {
  /** With file and line, where it has them. */
  readonly name: string
  readonly layer: Layer
  readonly selfMs: number
}

export interface Summary {
  /** Without what was idle. */
  readonly busyMs: number
  readonly byLayer: Readonly<Record<Layer, number>>
  /** Greatest first. */
  readonly functions: readonly FunctionTime[]
}

/** A look that comes later than this after the one before: the thread was not running, others were. Collections are let be. */
const awayMs = 1

type Frame = CpuProfile['nodes'][number]['callFrame']

export function summaryOf(profiles: readonly CpuProfile[]): Summary {
  const times = new Map<string, { readonly layer: Layer; ms: number }>()
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
    samples.forEach((id, i) => {
      const frame = frames.get(id)
      if (frame === undefined || isApart(frame)) return
      const name = nameOf(frame)
      const known = times.get(name) ?? { layer: layerOf(frame), ms: 0 }
      const ms = Math.max(0, timeDeltas[i] ?? 0) / 1_000
      known.ms += known.layer === 'gc' ? ms : Math.min(ms, awayMs)
      times.set(name, known)
    })
  }
  const functions = [...times].map(([name, { layer, ms }]) => ({ name, layer, selfMs: ms }))
  functions.sort((one, other) => other.selfMs - one.selfMs)
  const byLayer = Object.fromEntries(layers.map((layer) => [layer, 0])) as Record<Layer, number>
  for (const { layer, selfMs } of functions) byLayer[layer] += selfMs
  return { busyMs: functions.reduce((sum, { selfMs }) => sum + selfMs, 0), byLayer, functions }
}

/** No work of the thread: waiting, and what the profiler itself takes to begin and end. */
function isApart({ functionName, url }: Frame): boolean {
  return functionName === '(idle)' || url === 'node:inspector'
}

function layerOf({ functionName, url }: Frame): Layer {
  if (functionName === '(garbage collector)') return 'gc'
  if (url === '') return 'native'
  if (url.startsWith('node:')) return 'node'
  if (url.includes('/node_modules/@grpc/')) return 'grpc-js'
  if (url.includes('/node_modules/lmdb/')) return 'lmdb-js'
  return url.includes('/node_modules/') ? 'npm' : 'ours'
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const short = url.replace(/^.*\/(node_modules|dist)\//, '').replace(/^file:\/\//, '')
  return `${name} ${short}:${lineNumber + 1}`
}
