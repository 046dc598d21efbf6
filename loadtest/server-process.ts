/** The daemon, or a server to compare it with, as a process of its own on a core of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A million bindings are loaded well within it. */
const readyTimeoutMs = 120_000
/** So long a server may take to end after SIGTERM. */
const endTimeoutMs = 60_000

export interface ServerProcess {
  readonly pid: number
  /** HOST:PORT of gRPC. */
  readonly address: string
  /** From the start of the process to its word that it serves. */
  readonly readyMs: number
  /** SIGTERM, and waits. @throws unless it exits 0 in time */
  stop(): Promise<void>
}

/** The folder of package.json, whether this runs from the sources or from the output. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

export function output(path: string): string {
  return join(projectRoot(), 'dist', path)
}

export interface DaemonWanted {
  readonly data: string
  /** Taken when it is known before the start where Resolve will be served; else any free port. */
  readonly port?: number
  readonly core?: number | undefined
  readonly flags?: readonly string[]
  /** Beside the environment of this process. */
  readonly env?: Readonly<Record<string, string>>
}

export function startDaemon({ data, port = 0, core, flags = [], env }: DaemonWanted): Promise<ServerProcess> {
  const places = ['--data', data, '--listen', `127.0.0.1:${port}`, '--http', '127.0.0.1:0']
  return startServer([output('daemon/main.js'), '--dev', ...places, ...flags], core, env)
}

/**
 * Starts a Node program that prints `... ready grpc=HOST:PORT ...` once it serves.
 * @param core the core it is pinned to, where taskset is installed
 * @param env beside the environment of this process
 */
export async function startServer(
  args: readonly string[],
  core?: number,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const began = performance.now()
  const command = [
    ...(core === undefined || !canPin() ? [] : ['taskset', '-c', String(core)]),
    process.execPath,
    ...args,
  ]
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const address = await readyAddress(child)
  return { pid: child.pid!, address, readyMs: performance.now() - began, stop: () => stop(child) }
}

/** The last of what it said is told when it does not come up. */
const logTailChars = 2_000

function readyAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    let log = ''
    const fail = (why: string): void => {
      child.kill('SIGKILL')
      reject(new Error(`${why}\n${log}`))
    }
    const timer = setTimeout(() => fail(`not ready within ${readyTimeoutMs} ms`), readyTimeoutMs)
    child.stderr!.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-logTailChars)
    })
    child.stdout!.on('data', (chunk: Buffer) => {
      if (said.length < logTailChars) said += chunk.toString()
      const found = / ready grpc=(\S+)/.exec(said)
      if (found === null) return
      clearTimeout(timer)
      resolve(found[1]!)
    })
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(`the server ended with code ${code} before it was ready`)
    })
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs)
  const [code, signal] = (await ended) as [number | null, string | null]
  clearTimeout(timer)
  if (code !== 0) throw new Error(`the server ended with code ${code}, signal ${signal}`)
}

/** Whether processes can be pinned, and there are two cores to keep apart. */
export function canPin(): boolean {
  return cpus().length > 1 && isInstalled('taskset')
}

export function isInstalled(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Pins this process to a core; without taskset nothing happens, and false says so. */
export function pinSelf(core: number): boolean {
  if (!canPin()) return false
  execFileSync('taskset', ['-a', '-p', '-c', String(core), String(process.pid)], { stdio: 'ignore' })
  return true
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** A folder that is removed with all it holds when the scope ends. */
export async function scratch(name: string): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), `xpool-${name}-`))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
