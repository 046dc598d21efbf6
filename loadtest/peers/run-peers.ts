/** All rows, one after the other. A row that fails is told as failed, and the others go on. */
import { join } from 'node:path'
import { scratch } from '../server-process.js'
import { gateways } from './cores-rows.js'
import { endField, type Field, startField } from './field.js'
import { fullness } from './fullness-row.js'
import { large } from './large-rows.js'
import { giveToChurn } from './live-bindings.js'
import { mixed } from './mixed-row.js'
import { churnTimes, numbersOf, type PeerOptions } from './peer-options.js'
import { fillRedis, makeRedisPool, verifyRedis } from './redis/redis-pool.js'
import { type RedisServer, redisMissing, setFlushing, startRedis } from './redis/redis-server.js'
import { RespConnection } from './redis/resp.js'
import { allocate, type Peer, resolveStream } from './redis-rows.js'
import { Rows } from './rows.js'
import { space } from './space-rows.js'
import { starts } from './start-rows.js'
import type { RowId } from './targets.js'
import { resolveOne, resolveSaturated, startUnary } from './unary-rows.js'

export interface PeersRun {
  readonly options: PeerOptions
  /** The servers' core; undefined where nothing can be pinned. */
  readonly core: number | undefined
  readonly say: (line: string) => void
}

export async function runPeers(run: PeersRun): Promise<Rows> {
  const { options, say } = run
  const rows = new Rows(options.rows, say)
  if (rows.wants(onField)) await withField(run, rows)
  await rows.take(['gateways-unary', 'gateways-stream'], () => gateways(run))
  await rows.take(['start-resolve', 'start-allocate'], () => starts(options))
  await rows.take(['large-unary', 'large-stream', 'start-large'], () => large(options))
  return rows
}

/** Half of what lives is resolved, and half is churn's to release: bindings of any age, on all pages. */
const churnShare = 0.5

const byRedis = ['resolve-stream', 'allocate-stream', 'allocate-unary'] as const satisfies readonly RowId[]
const onField = [
  ...['memory', 'disk', 'resolve-saturated', 'resolve-one', 'mixed', 'fullness'],
  ...byRedis,
] as readonly RowId[]

async function withField(run: PeersRun, rows: Rows): Promise<void> {
  const { options, core, say } = run
  await using folder = await scratch('peers')
  const data = join(folder.path, 'daemon')
  const field = await startField({ options, core, data })
  say(`the daemon has ${options.live.toLocaleString('en')} live bindings`)
  try {
    const { pid } = field.daemon
    await rows.take(['memory', 'disk'], () => space({ pid, data, live: options.live, emptyBytes: field.emptyBytes }))
    await withEcho(field, rows, folder.path)
    await withRedis(field, rows, { say, folder: folder.path })
    if (field.stage.scene.passing.size === 0) release(field)
    await rows.take(['mixed'], async () => [await mixed(field)])
    await rows.take(['fullness'], async () => [await fullness(field)])
  } finally {
    await endField(field)
  }
}

function release({ stage: { scene } }: Field): void {
  giveToChurn(scene.lasting, scene.passing, churnShare)
}

async function withEcho(field: Field, rows: Rows, folder: string): Promise<void> {
  if (!rows.wants(['resolve-saturated', 'resolve-one'])) return
  const unary = await startUnary(field)
  try {
    await rows.take(['resolve-saturated'], async () => [await resolveSaturated(field, unary, folder)])
    await rows.take(['resolve-one'], async () => [await resolveOne(field, unary)])
  } finally {
    await unary.echo.server.stop()
  }
}

interface RedisPlace {
  readonly say: (line: string) => void
  readonly folder: string
}

async function withRedis(field: Field, rows: Rows, { say, folder }: RedisPlace): Promise<void> {
  if (!rows.wants(byRedis)) return
  const missing = redisMissing()
  if (missing !== undefined) {
    say(`skipped: ${missing}`)
    rows.skip(byRedis, missing)
    return
  }
  const server = await startRedis(folder, field.core)
  try {
    const peer = await fillPeer(server, field.options)
    say(`Redis ${server.version} has ${field.options.live.toLocaleString('en')} live bindings: ${await memory(peer)}`)
    await rows.take(['resolve-stream'], async () => [await resolveStream(field, peer)])
    release(field)
    giveToChurn(peer.pool.lasting, peer.pool.passing, churnShare)
    await rows.take(['allocate-stream'], async () => [await allocate('allocate-stream', field, peer)])
    await rows.take(['allocate-unary'], async () => [await allocate('allocate-unary', field, peer)])
    say(`Redis: ${(await verifyRedis(peer.pool)).toLocaleString('en')} routes of live bindings read again, all right`)
  } finally {
    await server.stop()
  }
}

async function fillPeer(server: RedisServer, options: PeerOptions): Promise<Peer> {
  const { port } = server
  const { cooldownMs } = churnTimes(options)
  const pool = await makeRedisPool({ port, numbers: numbersOf(options), cooldownMs, seed: 1 })
  const connection = await RespConnection.open(port)
  try {
    await setFlushing(connection, false)
    await fillRedis(pool, options.live)
    await setFlushing(connection, true)
  } finally {
    connection.close()
  }
  return { server, pool }
}

async function memory({ pool, server }: Peer): Promise<string> {
  const connection = await RespConnection.open(server.port)
  try {
    const used = Number(/used_memory:(\d+)/.exec((await connection.command('INFO', 'memory')) ?? '')?.[1])
    return `${Math.round(used / pool.lasting.size)} B of memory each`
  } finally {
    connection.close()
  }
}
