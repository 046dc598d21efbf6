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

export async function runBare(...args: string[]): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const terminal = { out: (text: string) => out.push(text), err: (text: string) => err.push(text), isTty: false }
  const code = await run(args, terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}
