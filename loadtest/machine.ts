/** On what a run was made: enough to read its figures, and no name of a host. */
import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  /** Operating system and architecture. */
  readonly platform: string
  readonly node: string
  /** Of the client; undefined outside a clone of the project. */
  readonly commit: string | undefined
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1_024 ** 3),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    commit: commitOf(import.meta.dirname),
  }
}

function commitOf(folder: string): string | undefined {
  try {
    const said = execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return said.toString().trim()
  } catch {
    return undefined
  }
}
