/** How soon a daemon with live bindings is back: what `measure:start-time` prints, read. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { output } from '../server-process.js'
import type { PeerOptions } from './peer-options.js'
import type { Found } from './row.js'

const timeoutMs = 1_800_000

export async function starts({ live, rounds }: PeerOptions): Promise<[Found, Found]> {
  const sizes = ['--live', live, '--numbers', live, '--rounds', rounds].map(String)
  const script = output('loadtest/scripts/start-time.js')
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...sizes], { timeout: timeoutMs })
  const { resolveMs, readyMs } = parseStarts(stdout)
  const evidence = [`${live.toLocaleString('en')} numbers and live bindings, page cache warm, on all cores`]
  const found = { basis: 'time', byCpu: [], evidence }
  return [
    { id: 'start-resolve', figures: resolveMs.map(inSeconds), ...found },
    { id: 'start-allocate', figures: readyMs.map(inSeconds), ...found },
  ]
}

function inSeconds(ms: number): number {
  return ms / 1_000
}

/** @throws when no start was told */
export function parseStarts(stdout: string): { resolveMs: number[]; readyMs: number[] } {
  const told = [...stdout.matchAll(/^start \d+: first Resolve (\d+) ms, ready (\d+) ms/gm)]
  if (told.length === 0) throw new Error(`no start was told: ${stdout.slice(0, 500)}`)
  return { resolveMs: told.map((one) => Number(one[1])), readyMs: told.map((one) => Number(one[2])) }
}
