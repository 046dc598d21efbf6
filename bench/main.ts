/** `npm run bench [-- NAME...]`: runs the suites (all, or those whose name holds a NAME) and appends to the history (docs/benchmarks.md). */
import { fileURLToPath } from 'node:url'
import { append, entryOf, latest } from './history.js'
import { type Figure, figureOf } from './measure.js'
import { sampleInProcess } from './sample-process.js'
import { full, type Scale, type Suite, tiny } from './suite.js'
import { suites } from './suites/all.js'
import { tableOf } from './table.js'

/** Beside the sources, whether this runs from them or from the output. */
const historyPath = fileURLToPath(
  new URL(import.meta.url.includes('/dist/bench/') ? '../../bench/history.jsonl' : './history.jsonl', import.meta.url),
)

async function main(names: readonly string[]): Promise<void> {
  const scale = process.env['XPOOL_BENCH'] === 'tiny' ? tiny : full
  const wanted = suites.filter((suite) => names.length === 0 || names.some((name) => suite.name.includes(name)))
  if (wanted.length === 0) {
    throw new Error(`no suite of that name; there are ${suites.map((one) => one.name).join(', ')}`)
  }
  const entry = entryOf(await sampled(wanted, scale), scale)
  process.stdout.write(`${tableOf(entry, await latest(historyPath, entry))}\n`)
  // A tiny run tells nothing that is worth keeping, a run of some suites nothing that compares.
  if (scale === full && names.length === 0) await append(historyPath, entry)
}

/** Round after round over the suites, so that the samples of a row are spread over the whole run. */
async function sampled(wanted: readonly Suite[], scale: Scale): Promise<Figure[]> {
  const byRow = new Map<string, number[]>()
  for (let round = 0; round < scale.rounds; round += 1) {
    for (const suite of wanted) {
      process.stderr.write(`${suite.name}, sample ${round + 1} of ${scale.rounds}\n`)
      for (const { name, ns } of await sampleInProcess(suite.name, scale)) {
        byRow.set(name, [...(byRow.get(name) ?? []), ns])
      }
    }
  }
  return [...byRow].map(([name, samples]) => figureOf(name, samples))
}

await main(process.argv.slice(2))
