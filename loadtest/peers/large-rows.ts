/** The rows of ten million live bindings: what `measure:growth`, which fills such folders offline, found. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { output, scratch } from '../server-process.js'
import type { PeerOptions } from './peer-options.js'
import type { Found, Row } from './row.js'

const ids = ['large-unary', 'large-stream', 'start-large'] as const
const fewLive = 10_000
const manyLive = 10_000_000
/** Filling, and visits in every round. */
const timeoutMs = 4 * 3_600_000

/** Of growth.json, what is needed here: medians over its rounds. */
interface Grown {
  readonly live: number
  readonly resolveUnaryUs?: number
  readonly resolveStreamUs?: number
  readonly readyMs: number
  readonly spread: number
}

export async function large({ large, seconds, rounds }: PeerOptions): Promise<readonly Row[]> {
  if (!large) return ids.map((id) => ({ id, skipped: 'not run: asked for with --large' }))
  await using folder = await scratch('large')
  const sizes = ['--live', `${fewLive},${manyLive}`, '--full', '50', '--capacity', '20000']
  const times = ['--seconds', String(seconds), '--rounds', String(rounds), '--out', folder.path]
  await promisify(execFile)(process.execPath, [output('bench/growth/main.js'), ...sizes, ...times], {
    timeout: timeoutMs,
  })
  return largeRows(await readFile(join(folder.path, 'growth.json'), 'utf8'))
}

/** @throws when one of the two sizes is missing */
export function largeRows(json: string): Found[] {
  const { findings } = JSON.parse(json) as { readonly findings: readonly Grown[] }
  const at = (live: number): Grown => {
    const found = findings.find((one) => one.live === live)
    if (found === undefined) throw new Error(`growth.json has nothing of ${live} live bindings`)
    return found
  }
  const [few, many] = [at(fewLive), at(manyLive)]
  const noise = [few, many].map((one) => `${Math.round(one.spread * 100)} %`).join(' and ')
  const ratio = (id: (typeof ids)[number], key: 'resolveUnaryUs' | 'resolveStreamUs'): Found => {
    const [less, more] = [few[key] ?? Number.NaN, many[key] ?? Number.NaN]
    const evidence = [
      `${more.toFixed(2)} us of server CPU an item at 10 M, ${less.toFixed(2)} us at 10 k; spread of the rounds ${noise}`,
    ]
    return {
      id,
      figures: [more / less],
      basis: 'server CPU, medians of measure:growth',
      byCpu: [more / less],
      evidence,
    }
  }
  const evidence = ['the median of measure:growth, page cache warm, the daemon on core 0 alone']
  const start: Found = {
    id: 'start-large',
    figures: [many.readyMs / 1_000],
    basis: 'time',
    byCpu: [],
    evidence,
  }
  return [ratio('large-unary', 'resolveUnaryUs'), ratio('large-stream', 'resolveStreamUs'), start]
}
