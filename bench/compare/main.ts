/**
 * `npm run bench:compare [-- BASE] [--suites a,b] [--quick]`: measures two trees in turns in one run
 * (docs/benchmarks.md). Exit 0: no regression; 1: a row regressed; 2: the comparison itself failed;
 * 3: there was nothing to compare.
 */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { suites as known } from '../suites/all.js'
import { compareTable } from './compare-table.js'
import { compare } from './comparison.js'
import { type Depth, quick, thorough } from './depth.js'
import { runGeneration, type Trees } from './generation.js'
import { buildTree, NothingToCompare, subjectsOf } from './trees.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const exitRegressed = 1
const exitBroken = 2
const exitNothing = 3
const exitAbandoned = 130

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { suites: { type: 'string' }, quick: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const depth = values.quick ? quick : thorough
  const wanted = chosen(values.suites, depth)
  const { base, head } = await subjectsOf(root, positionals[0])
  const folder = await mkdtemp(join(tmpdir(), 'xpool-bench-compare-'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abandon(folder))
  try {
    say(`${base.name} against ${head.name}`)
    const trees = {
      base: await buildTree(root, base, join(folder, 'one')),
      head: await buildTree(root, head, join(folder, 'two')),
      scratch: folder,
    }
    const results = await measured(trees, wanted, depth)
    say(compareTable(results, depth.bar))
    return results.some((one) => one.regressed) ? exitRegressed : 0
  } catch (error) {
    if (!(error instanceof NothingToCompare)) throw error
    say(`nothing to compare: ${error.message}`)
    return exitNothing
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The sides end by themselves when their line breaks. */
function abandon(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  process.exit(exitAbandoned)
}

function chosen(names: string | undefined, depth: Depth): string[] {
  const all = known.map((suite) => suite.name)
  const wanted = names?.split(',') ?? depth.suites
  const unknown = wanted.filter((name) => !all.includes(name))
  if (unknown.length > 0) throw new Error(`no suite ${unknown.join(', ')}; there are ${all.join(', ')}`)
  return [...wanted]
}

function measured(trees: Trees, suites: readonly string[], { bar, effort, budgetMs }: Depth) {
  const core = lastCore()
  say(core === undefined ? 'not pinned: taskset is not installed' : `both sides in turns on core ${core}`)
  const began = performance.now()
  return compare(suites, (suite, rows, index) => runGeneration(trees, suite, rows, { ...effort, core }, index), {
    bar,
    timeIsUp: () => performance.now() - began > budgetMs,
    begins: (suite, index) => {
      const seconds = Math.round((performance.now() - began) / 1_000)
      process.stderr.write(`${seconds} s: ${suite}, generation ${index + 1}\n`)
    },
  })
}

/** The first core serves most interrupts. */
function lastCore(): number | undefined {
  try {
    const core = cpus().length - 1
    execFileSync('taskset', ['-c', String(core), process.execPath, '--version'], { stdio: 'ignore' })
    return core
  } catch {
    return undefined
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
  return exitBroken
})
