/** The load test's command: `npx xpool loadtest`, or `node dist/loadtest/main.js`. */
import { writeFile } from 'node:fs/promises'
import { Unreachable } from './connections.js'
import { helpText } from './flags.js'
import { runFleet } from './fleet.js'
import { renderReport } from './html/report-page.js'
import { readOptions } from './options.js'
import { startProgress } from './progress.js'
import { tableOf } from './report.js'
import { isSound } from './run.js'

/** As those of `xpool`; the help says what each means. */
const exitCode = { sound: 0, unsound: 1, usage: 2, unreachable: 3 } as const

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(helpText())
    return exitCode.sound
  }
  const options = readOptions(args, Date.now())
  if ('faults' in options) {
    process.stderr.write(`${options.faults.join('\n')}\n`)
    return exitCode.usage
  }
  const report = await runFleet(options, startProgress)
  process.stdout.write(`${tableOf(report)}\n`)
  if (options.json !== '') await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`)
  if (options.html !== '') await writeFile(options.html, renderReport(report))
  return isSound(report) ? exitCode.sound : exitCode.unsound
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`)
  process.exitCode = error instanceof Unreachable ? exitCode.unreachable : exitCode.unsound
}
