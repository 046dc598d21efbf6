/** Resolve on the peer: HGET of a route, pipelined, with commands that are bytes before the clock starts. */
import type { LiveBinding } from '../../ledger.js'
import { Random } from '../../random.js'
import { WrongAnswer } from '../../wrong-answer.js'
import type { RedisPool } from './redis-pool.js'
import { encodeCommand, RespConnection } from './resp.js'

/** Different pipelines that are sent in turn. */
const preparedPipelines = 1_024

/** Many questions in one buffer, and who is to be put through for each. */
interface Prepared {
  readonly commands: Buffer
  readonly callees: readonly Buffer[]
}

export function preparePipelines(redis: RedisPool, batch: number): Prepared[] {
  const random = new Random(redis.seed)
  return Array.from({ length: preparedPipelines }, () => {
    const asked = Array.from({ length: batch }, () => ({
      binding: redis.lasting.pick(random)!,
      fromA: random.below(2) === 0,
    }))
    return {
      commands: Buffer.from(asked.map(({ binding, fromA }) => question(binding, fromA)).join(''), 'latin1'),
      callees: asked.map(({ binding, fromA }) => Buffer.from(`${fromA ? binding.b : binding.a} `, 'latin1')),
    }
  })
}

function question(binding: LiveBinding, fromA: boolean): string {
  return encodeCommand('HGET', `r:${binding.x}`, fromA ? binding.a : binding.b)
}

export interface ResolveLoad {
  readonly port: number
  readonly prepared: readonly Prepared[]
  /** Pipelines in flight, one a connection. */
  readonly clients: number
  readonly durationMs: number
}

/** @returns how many were answered @throws WrongAnswer at the first that names somebody else */
export async function resolveRedis(load: ResolveLoad): Promise<{ resolved: number; elapsedMs: number }> {
  const connections = await Promise.all(Array.from({ length: load.clients }, () => RespConnection.open(load.port)))
  const began = performance.now()
  const until = began + load.durationMs
  let resolved = 0
  let next = 0
  const client = async (connection: RespConnection): Promise<void> => {
    while (performance.now() < until) {
      const { commands, callees } = load.prepared[next++ % load.prepared.length]!
      let at = 0
      await connection.pipeline(commands, callees.length, (bytes, from, to) => {
        if (!beginsWith(bytes, from, to, callees[at++]!)) throw new WrongAnswer('Redis named somebody else')
      })
      resolved += callees.length
    }
  }
  try {
    await Promise.all(connections.map(client))
  } finally {
    for (const connection of connections) connection.close()
  }
  return { resolved, elapsedMs: performance.now() - began }
}

function beginsWith(bytes: Buffer, from: number, to: number, wanted: Buffer): boolean {
  if (to - from < wanted.length) return false
  for (let i = 0; i < wanted.length; i += 1) if (bytes[from + i] !== wanted[i]) return false
  return true
}
