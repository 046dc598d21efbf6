/** Says the run's seed before the first test, so that any failure can be run again (vitest's globalSetup). */
import type { TestProject } from 'vitest/node'

export function setup(project: TestProject): void {
  process.stdout.write(`seed: XPOOL_SEED=${project.config.env['XPOOL_SEED']}\n`)
}
