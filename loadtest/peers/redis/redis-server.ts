/** Redis as a process of its own, in a scratch folder, on a free port of the loopback interface. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canPin, freePort, isInstalled, projectRoot } from '../../server-process.js'
import { RespConnection } from './resp.js'

const readyTimeoutMs = 20_000
const endTimeoutMs = 60_000
/** Functions came with this release. */
const oldestMajor = 7

export interface RedisServer {
  readonly pid: number
  readonly port: number
  readonly version: string
  /** By its process id, and waits. */
  stop(): Promise<void>
}

/** @returns why the peer cannot run here; undefined when it can */
export function redisMissing(): string | undefined {
  return isInstalled('redis-server') ? undefined : 'redis-server is not installed (Debian: redis-server)'
}

/**
 * Append-only file, no snapshots, and no rewrite of the file, which would disturb a round.
 * Every change is flushed before it is acknowledged, save while `setFlushing` says otherwise.
 * @param core the core it is pinned to, where taskset is installed
 */
export async function startRedis(folder: string, core?: number): Promise<RedisServer> {
  const port = await freePort()
  const settings = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''],
    ...['--appendfsync', 'always', '--auto-aof-rewrite-percentage', '0', '--daemonize', 'no'],
  ]
  const pin = core === undefined || !canPin() ? [] : ['taskset', '-c', String(core)]
  const [command, ...args] = [...pin, 'redis-server', ...settings]
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  await ready(child)
  const server = { pid: child.pid!, port, version: '', stop: () => stop(child) }
  try {
    return { ...server, version: await loadFunctions(port) }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** @param always whether a change is flushed before it is acknowledged; false is for filling alone */
export async function setFlushing(connection: RespConnection, always: boolean): Promise<void> {
  await connection.command('CONFIG', 'SET', 'appendfsync', always ? 'always' : 'no')
}

/** @returns the release of Redis */
async function loadFunctions(port: number): Promise<string> {
  const connection = await RespConnection.open(port)
  try {
    const info = (await connection.command('INFO', 'server')) ?? ''
    const version = /redis_version:(\S+)/.exec(info)?.[1] ?? ''
    if (!(Number.parseInt(version, 10) >= oldestMajor)) throw new Error(`Redis ${version} has no functions`)
    const library = await readFile(join(projectRoot(), 'loadtest/peers/redis/pool.lua'), 'latin1')
    await connection.command('FUNCTION', 'LOAD', library)
    return version
  } finally {
    connection.close()
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (why: string): void => {
      child.kill('SIGKILL')
      reject(new Error(`redis-server: ${why}\n${said}`))
    }
    const timer = setTimeout(() => fail(`not ready within ${readyTimeoutMs} ms`), readyTimeoutMs)
    const exited = (code: number | null): void => {
      clearTimeout(timer)
      fail(`ended with code ${code}`)
    }
    child.once('exit', exited)
    child.stdout!.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (!said.includes('Ready to accept connections')) return
      clearTimeout(timer)
      child.off('exit', exited)
      child.stdout!.removeAllListeners('data').resume()
      resolve()
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs)
  await ended
  clearTimeout(timer)
}
