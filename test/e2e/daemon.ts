/** The real daemon as a child process: started, asked, stopped, killed and started again on the same folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type XpoolClient } from '../../daemon/client/client.js'

const entry = join(import.meta.dirname, '../../dist/daemon/main.js')
/** A start on a small folder takes well under a second; a loaded machine is slower. */
const startTimeoutMs = 30_000
const stopTimeoutMs = 15_000
const outputCharsMax = 4_000_000

export interface Daemon {
  /** HOST:PORT of gRPC and of HTTP. */
  readonly grpc: string
  readonly http: string
  /** Everything written to stdout so far. */
  readonly output: () => string
  /** Everything written to stderr so far. */
  readonly log: () => string
  /** Resolves when the process is gone, for whatever reason. */
  readonly ended: Promise<unknown>
  /** Memory of the process that is no file, MiB (RssAnon). */
  anonymousMiB(): Promise<number>
  /** A connection of its own. */
  connect(): XpoolClient
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>
}

const running = new Set<ChildProcess>()
// A test run that is interrupted leaves no daemon behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export async function startDaemon(data: string, flags: readonly string[] = []): Promise<Daemon> {
  if (!existsSync(entry)) throw new Error(`${entry} is missing: npm run build`)
  const listen = ['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0']
  const child = spawn(process.execPath, [entry, '--data', data, ...listen, '--dev', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-outputCharsMax)
  })
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      running.delete(child)
      resolve(code)
    })
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-outputCharsMax)
  })
  const ready = await readyLine(child, exited, () => log)
  const clients: XpoolClient[] = []
  const disconnect = () => clients.splice(0).forEach((client) => void client.close())
  return {
    ...ready,
    output: () => output,
    log: () => log,
    ended: exited,
    async anonymousMiB() {
      const text = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/^RssAnon:\s+(\d+) kB$/m.exec(text)![1]) / 1_024
    },
    connect() {
      const client = connect(ready.grpc)
      clients.push(client)
      return client
    },
    stop() {
      disconnect()
      child.kill('SIGTERM')
      return within(exited, stopTimeoutMs, 'the daemon did not stop')
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
      disconnect()
    },
  }
}

function readyLine(child: ChildProcess, exited: Promise<unknown>, log: () => string) {
  const found = new Promise<{ grpc: string; http: string }>((resolve, reject) => {
    let text = ''
    child.stdout!.setEncoding('utf8').on('data', (more: string) => {
      text += more
      const match = /^xpoold ready grpc=(\S+) http=(\S+)$/m.exec(text)
      if (match !== null) resolve({ grpc: match[1]!, http: match[2]! })
    })
    void exited.then((code) => reject(new Error(`the daemon ended with ${String(code)}:\n${log()}`)))
  })
  return within(found, startTimeoutMs, 'the daemon was not ready')
}

async function within<T>(promise: Promise<T>, timeoutMs: number, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} in ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

export async function dataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'xpool-e2e-'))
}

export async function removeFolder(data: string): Promise<void> {
  await rm(data, { recursive: true, force: true })
}
