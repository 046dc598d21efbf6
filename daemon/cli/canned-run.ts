/** For tests only: runs one command line against canned answers. */
import { type CannedMethods, serveCanned } from '../client/canned-server.js'
import { run } from './program.js'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** With a server of its own, stopped before this resolves. */
export async function runCanned(methods: CannedMethods, ...args: string[]): Promise<Ran> {
  const server = await serveCanned(methods)
  try {
    return await runBare('--server', server.address, ...args)
  } finally {
    server.stop()
  }
}

export function runBare(...args: string[]): Promise<Ran> {
  return runStopped(new AbortController().signal, ...args)
}

/** Stopped as by Ctrl-C once the signal aborts. */
export async function runStopped(stop: AbortSignal, ...args: string[]): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const write = (lines: string[]) => (text: string) => void lines.push(text)
  const code = await run(args, { out: write(out), err: write(err), isTty: false, interrupted: () => stop })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
