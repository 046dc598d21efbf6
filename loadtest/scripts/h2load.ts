/** Drives h2load, which speaks gRPC well enough, and reads what it prints. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const connections = 4
const streamsPerConnection = 16
const requestsDefault = 100_000
const timeoutMs = 120_000

export interface H2loadRun {
  readonly url: string
  /** File with the frame header and the message. */
  readonly body: string
  readonly core: number | undefined
  /** Of the run, 100,000 by default. */
  readonly requests?: number
}

/** @returns requests per second @throws when any request failed */
export async function h2load({ url, body, core, requests = requestsDefault }: H2loadRun): Promise<number> {
  const args = ['-c', String(connections), '-m', String(streamsPerConnection), '-n', String(requests), '-d', body]
  const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
  const pin = core === undefined ? [] : ['taskset', '-c', String(core)]
  const [command, ...rest] = [...pin, 'h2load', ...args, ...headers, url]
  const { stdout } = await promisify(execFile)(command!, rest, { timeout: timeoutMs })
  return parseH2load(stdout, requests)
}

/** @throws unless all requests succeeded */
export function parseH2load(stdout: string, requests: number): number {
  const rate = /finished in [^,]+, ([\d.]+) req\/s/.exec(stdout)
  const succeeded = /, (\d+) succeeded/.exec(stdout)
  if (rate === null || Number(succeeded?.[1]) !== requests) throw new Error(`h2load: ${stdout.slice(0, 1_000)}`)
  return Number(rate[1])
}
