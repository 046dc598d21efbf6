/** `npm run bench [-- NAME...]`: runs the suites (all, or those whose name holds a NAME) and appends to the history. */
import { fileURLToPath } from 'node:url'
import { append, entryOf, latest } from './history.js'
import { type Figure, measureSuite } from './measure.js'
import { full, tiny } from './suite.js'
import { suites } from './suites/all.js'
import { tableOf } from './table.js'

/** Beside the sources, whether this runs from them or from the output. */
const historyPath = fileURLToPath(
  new URL(import.meta.url.includes('/dist/bench/') ? '../../bench/history.jsonl' : './history.jsonl', import.meta.url),
)

async function main(names: readonly string[]): Promise<void> {
  const scale = process.env['XPOOL_BENCH'] === 'tiny' ? tiny : full
  const figures: Figure[] = []
  for (const suite of suites) {
    if (names.length > 0 && !names.some((name) => suite.name.includes(name))) continue
    process.stderr.write(`${suite.name}\n`)
    figures.push(...(await measureSuite(suite, scale)))
  }
  if (figures.length === 0)
    throw new Error(`no suite of that name; there are ${suites.map((one) => one.name).join(', ')}`)
  const entry = entryOf(figures, scale)
  process.stdout.write(`${tableOf(entry, await latest(historyPath, entry))}\n`)
  // A tiny run tells nothing that is worth keeping, a run of some suites nothing that compares.
  if (scale === full && names.length === 0) await append(historyPath, entry)
}

await main(process.argv.slice(2))
