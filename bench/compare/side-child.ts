/**
 * One side of a comparison, a process of its own: prepares one suite of the
 * tree it is given and measures a slice whenever it is told to. Both sides run
 * this program, the one of the newer tree; only the suites and what they measure differ.
 *
 *   node dist/bench/compare/side-child.js ALL_SUITES_MODULE SUITE SHRINK
 */
import { createRequire } from 'node:module'
import { full, type Scale, type Suite } from '../suite.js'
import type { FromSide, ToSide } from './side-messages.js'
import { measureSlice } from './slice.js'

async function main(modulePath: string, suiteName: string, shrink: number): Promise<void> {
  // Of the tree to be measured, so named only now: no import of this one.
  const { suites } = createRequire(import.meta.url)(modulePath) as { suites: readonly Suite[] }
  const suite = suites.find((one) => one.name === suiteName)
  if (suite === undefined) throw new Error(`no suite ${suiteName} in ${modulePath}`)
  const scale: Scale = { ...full, name: 'short', shrink }
  const prepared = await suite.prepare(scale)
  let last: Promise<void> = Promise.resolve()
  // Nobody is left to measure for.
  process.on('disconnect', () => process.exit())
  process.on('message', (message: ToSide) => {
    last = last.then(async () => {
      if (message.type === 'end') {
        await prepared.close()
        process.disconnect()
      } else {
        tell({ type: 'slice', slice: await measureSlice(prepared.tasks[message.row]!, message.sliceMs) })
      }
    }, fail)
    last.catch(fail)
  })
  tell({ type: 'prepared', rows: prepared.tasks.map((task) => task.name) })
}

function tell(message: FromSide): void {
  process.send!(message)
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  // A task that fails leaves a store open that would keep the process for ever; nothing here is worth closing.
  process.exit(1)
}

const [modulePath, suiteName, shrink] = process.argv.slice(2)
await main(modulePath!, suiteName!, Number(shrink)).catch(fail)
