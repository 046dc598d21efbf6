/** The load on the peer: the same parties, the same live bindings, the same churn as the daemon gets. */
import { Ledger, type LiveBinding } from '../../ledger.js'
import { firstNumber, type Parties, partiesOf } from '../../population.js'
import { Random } from '../../random.js'
import { WrongAnswer } from '../../wrong-answer.js'
import { bindingsOf, takeMany } from '../live-bindings.js'
import { encodeCommand, RespConnection } from './resp.js'

const tenant = 'peer'
const pool = 'peer'
/** As the daemon's default. */
const bindingsPerNumber = 1_000
/** Longer than any run: such a binding ends by release. */
const lastingTtlMs = 7 * 24 * 3_600_000
/** While filling: commands of a pipeline, and pipelines in flight. */
const fillPipeline = 256
const fillConnections = 4
/** Numbers, or routes that are read again, in one pipeline. */
const bulkPipeline = 1_000

export interface PoolWanted {
  readonly port: number
  readonly numbers: number
  readonly cooldownMs: number
  readonly seed: number
  /** Live bindings that the tenant may have. */
  readonly quota?: number
}

/** What is known of the peer's pool, and the next pair of parties. */
export interface RedisPool extends PoolWanted {
  /** Bindings that last as long as the run. */
  readonly lasting: Ledger
  /** Bindings that churn may release. */
  readonly passing: Ledger
  nextIndex: number
}

const noQuota = 1_000_000_000

export async function makeRedisPool(wanted: PoolWanted): Promise<RedisPool> {
  const connection = await RespConnection.open(wanted.port)
  try {
    await connection.command('HSET', `t:${tenant}`, 'live', '0', 'limit', String(wanted.quota ?? noQuota))
    const { cooldownMs } = wanted
    await connection.command('HSET', `p:${pool}`, 'cooldown_ms', String(cooldownMs), 'capacity', `${bindingsPerNumber}`)
    for (let from = 0; from < wanted.numbers; from += bulkPipeline) {
      const count = Math.min(bulkPipeline, wanted.numbers - from)
      const numbers = Array.from({ length: count }, (_, i) => firstNumber(1, from + i))
      const commands = numbers.map((x) => encodeCommand('ZADD', `open:${pool}`, x, x)).join('')
      await connection.pipeline(commands, count, () => undefined)
    }
  } finally {
    connection.close()
  }
  return { ...wanted, lasting: new Ledger(), passing: new Ledger(), nextIndex: 0 }
}

export function allocateCommand(parties: Parties, requestId: string, ttlMs: number): string {
  return encodeCommand('FCALL', 'xpool_allocate', '1', pool, tenant, requestId, parties.a, parties.b, String(ttlMs))
}

export function releaseCommand(id: string): string {
  return encodeCommand('FCALL', 'xpool_release', '1', pool, tenant, id)
}

/** @returns the binding of an acknowledgement `id number end_ms free_at_ms` */
function acknowledged(said: string, { a, b }: Parties): LiveBinding {
  const [id, x] = said.split(' ')
  if (id === undefined || x === undefined) throw new WrongAnswer(`Redis acknowledged an allocation with ${said}`)
  return { id, x, a, b }
}

/** Makes live bindings of the next parties, which last. */
export async function fillRedis(redis: RedisPool, live: number): Promise<void> {
  const until = redis.nextIndex + live
  const filler = async (): Promise<void> => {
    const connection = await RespConnection.open(redis.port)
    try {
      while (redis.nextIndex < until) {
        const from = redis.nextIndex
        const count = Math.min(fillPipeline, until - from)
        redis.nextIndex += count
        const pairs = Array.from({ length: count }, (_, i) => partiesOf(from + i, redis.seed))
        const commands = pairs.map((pair, i) => allocateCommand(pair, `fill-${redis.seed}-${from + i}`, lastingTtlMs))
        let next = 0
        await connection.pipeline(commands.join(''), count, (bytes, start, end) => {
          redis.lasting.add(acknowledged(bytes.toString('latin1', start, end), pairs[next++]!))
        })
      }
    } finally {
      connection.close()
    }
  }
  await Promise.all(Array.from({ length: fillConnections }, filler))
}

export interface RedisChurn {
  readonly clients: number
  /** Commands of a client in flight; 1: allocate and release in turn. */
  readonly pipeline: number
  readonly durationMs: number
  /** Share of the allocations that end by time, after ttlMs. */
  readonly expiring: number
  readonly ttlMs: number
}

export interface RedisChurned {
  readonly allocated: number
  readonly released: number
  readonly elapsedMs: number
}

/** For each binding that is made one ends, as in the load test's churn. @throws at the first refusal */
export async function churnRedis(redis: RedisPool, load: RedisChurn): Promise<RedisChurned> {
  const connections = await Promise.all(Array.from({ length: load.clients }, () => RespConnection.open(redis.port)))
  const counts = { allocated: 0, released: 0 }
  const began = performance.now()
  try {
    await Promise.all(connections.map((connection, index) => churnClient(redis, load, { connection, index, counts })))
  } finally {
    for (const connection of connections) connection.close()
  }
  return { ...counts, elapsedMs: performance.now() - began }
}

interface Client {
  readonly connection: RespConnection
  readonly index: number
  readonly counts: { allocated: number; released: number }
}

async function churnClient(redis: RedisPool, load: RedisChurn, { connection, index, counts }: Client): Promise<void> {
  const random = new Random(redis.seed * 92_821 + redis.nextIndex + index)
  const until = performance.now() + load.durationMs
  let owedEnds = 0
  while (performance.now() < until) {
    const endsMost = load.pipeline === 1 ? 1 : load.pipeline - 1
    const ending = takeMany(redis.passing, random, Math.min(owedEnds, endsMost))
    owedEnds -= ending.length
    const wanted = Array.from({ length: load.pipeline - ending.length }, () => nextWanted(redis, random, load.expiring))
    const commands = [
      ...wanted.map((one) => allocateCommand(one.parties, one.requestId, one.expires ? load.ttlMs : lastingTtlMs)),
      ...ending.map((one) => releaseCommand(one.id)),
    ]
    let next = 0
    await connection.pipeline(commands.join(''), commands.length, (bytes, from, to) => {
      const said = bytes.toString('latin1', from, to)
      const one = wanted[next]
      if (one === undefined) {
        const { id } = ending[next - wanted.length]!
        if (!said.startsWith(`${id} `)) throw new WrongAnswer(`Redis released ${said} where ${id} was meant`)
      } else {
        const binding = acknowledged(said, one.parties)
        if (!one.expires) {
          redis.passing.add(binding)
          owedEnds += 1
        }
      }
      next += 1
    })
    counts.allocated += wanted.length
    counts.released += ending.length
  }
}

function nextWanted(redis: RedisPool, random: Random, expiring: number) {
  const index = redis.nextIndex
  redis.nextIndex += 1
  const expires = random.next() / 0x1_0000_0000 < expiring
  return { parties: partiesOf(index, redis.seed), requestId: `churn-${redis.seed}-${index}`, expires }
}

/**
 * Reads both routes of every live binding again. Two bindings that shared a
 * route would have one row between them, and one of the two would miss its own.
 * @returns how many routes were read @throws WrongAnswer at the first that is not its binding's
 */
export async function verifyRedis(redis: RedisPool): Promise<number> {
  const connection = await RespConnection.open(redis.port)
  let routes = 0
  try {
    for (const ledger of [redis.lasting, redis.passing]) {
      for (const part of parts(bindingsOf(ledger), bulkPipeline / 2)) {
        await connection.pipeline(part.map(bothRoutes).join(''), part.length * 2, routesChecker(part))
        routes += part.length * 2
      }
    }
  } finally {
    connection.close()
  }
  return routes
}

function bothRoutes({ x, a, b }: LiveBinding): string {
  return encodeCommand('HGET', `r:${x}`, a) + encodeCommand('HGET', `r:${x}`, b)
}

function routesChecker(bindings: readonly LiveBinding[]) {
  let next = 0
  return (bytes: Buffer, from: number, to: number): void => {
    const binding = bindings[next >> 1]!
    const due = `${next % 2 === 0 ? binding.b : binding.a} ${binding.id} `
    next += 1
    const said = to < from ? 'nothing' : bytes.toString('latin1', from, to)
    if (!said.startsWith(due)) throw new WrongAnswer(`Redis: on a live binding ${due}was due, and came ${said}`)
  }
}

function* parts<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}
