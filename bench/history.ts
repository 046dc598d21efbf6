/** bench/history.jsonl: one line a run, appended, never rewritten. */
import { execFileSync } from 'node:child_process'
import { appendFile, readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import type { Figure } from './measure.js'
import type { Scale } from './suite.js'

export interface Entry {
  readonly at: string
  /** With a + where the tree held changes of its own. */
  readonly commit: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly scale: Scale['name']
  readonly figures: readonly Figure[]
}

export function entryOf(figures: readonly Figure[], scale: Scale): Entry {
  const cores = cpus()
  return {
    at: new Date().toISOString(),
    commit: commitOf(),
    node: process.version,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    scale: scale.name,
    figures,
  }
}

/** Short; with a + where the tree holds changes, `unknown` outside a clone. */
export function commitOf(): string {
  try {
    const commit = git('rev-parse', '--short', 'HEAD')
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`
  } catch {
    // Outside a clone there is nothing to name.
    return 'unknown'
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
}

export async function append(path: string, entry: Entry): Promise<void> {
  await appendFile(path, `${JSON.stringify(entry)}\n`)
}

/** The latest run on this kind of machine at this scale, to compare with; undefined when there is none. */
export async function latest(path: string, like: Entry): Promise<Entry | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return undefined
  }
  const entries = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]))
  return entries.findLast((one) => one.cpu === like.cpu && one.scale === like.scale && one.cores === like.cores)
}
