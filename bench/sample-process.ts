/** One sample of a suite, from a process of its own: what a process happens to compile when stays with it for life. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RowSample } from './measure.js'
import type { Scale } from './suite.js'

const run = promisify(execFile)

/** @throws when a task does, with what the process said */
export async function sampleInProcess(suite: string, scale: Scale): Promise<RowSample[]> {
  const program = fileURLToPath(new URL('./sample-child.js', import.meta.url))
  const { stdout } = await run(process.execPath, [program, suite, scale.name])
  return JSON.parse(stdout) as RowSample[]
}
