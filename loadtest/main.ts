/** The load test's command: `node dist/loadtest/main.js --workload call-setup --seconds 10`. */
import { writeFile } from 'node:fs/promises'
import { readOptions } from './options.js'
import { startProgress } from './progress.js'
import { tableOf } from './report.js'
import { isSound, run } from './run.js'

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), Date.now())
  if ('faults' in options) {
    process.stderr.write(`${options.faults.join('\n')}\n`)
    return 2
  }
  const report = await run(options, startProgress)
  process.stdout.write(`${tableOf(report)}\n`)
  if (options.json !== '') await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`)
  return isSound(report) ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`)
  process.exitCode = 1
}
