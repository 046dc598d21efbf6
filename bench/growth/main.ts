/**
 * `npm run measure:growth`: what growth costs. Time per Resolve and Allocate, start, memory and
 * disk, by live bindings and by how full a pool is (docs/benchmarks.md). All folders are
 * filled first, then visited in turns, round after round. Writes curves.json, growth.json and growth.html.
 *
 *   node dist/bench/growth/main.js [--live 10000,100000,1000000] [--full 0,50,90,99] [--capacity 200000]
 *     [--seconds 4] [--rounds 3] [--out FOLDER]
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { renderCurves } from '../../loadtest/html/curves.js'
import { pinSelf, scratch } from '../../loadtest/server-process.js'
import { commitOf } from '../history.js'
import { curvesOf, type Finding, findingOf, growthTable } from './findings.js'
import { type GrownFolder, grow } from './folder.js'
import { type Level, levelsOfFullness, levelsOfSize } from './growth-plan.js'
import { type Visit, visit } from './visit.js'

const { values } = parseArgs({
  options: {
    live: { type: 'string', default: '10000,100000,1000000' },
    full: { type: 'string', default: '0,50,90,99' },
    capacity: { type: 'string', default: '200000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: '.' },
  },
})
const percents = numbersOf('full', values.full)
const sizes = levelsOfSize(numbersOf('live', values.live))
const fullnesses = levelsOfFullness(numbersOf('capacity', values.capacity)[0]!, percents)
const seconds = numbersOf('seconds', values.seconds)[0]!
const rounds = numbersOf('rounds', values.rounds)[0]!

await using folder = await scratch('growth')
const pinned = pinSelf(1)
say(pinned ? 'daemon on core 0, client on core 1' : 'not pinned: taskset is not installed, or there is one core')
const findings = await measured([...sizes, ...fullnesses])
say(growthTable(findings))
await write(findings)

async function measured(levels: readonly Level[]): Promise<Finding[]> {
  const folders: GrownFolder[] = []
  for (const level of levels) {
    say(`filling: ${level.name}`)
    const data = join(folder.path, String(folders.length))
    await mkdir(data)
    folders.push(await grow(level, data))
  }
  const visits: Visit[][] = folders.map(() => [])
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, grown] of folders.entries()) {
      say(`round ${round + 1} of ${rounds}: ${grown.level.name}`)
      visits[i]!.push(await visit(grown, seconds, pinned ? 0 : undefined))
    }
  }
  for (const grown of folders) await rm(grown.data, { recursive: true })
  return folders.map((grown, i) => findingOf(grown, visits[i]!))
}

async function write(findings: readonly Finding[]): Promise<void> {
  const bySize = findings.slice(0, sizes.length)
  const byFullness = findings.slice(sizes.length).map((one, i) => [percents[i]!, one] as const)
  const curves = {
    title: 'What growth costs',
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    node: process.version.slice(1),
    commit: commitOf(),
    curves: curvesOf(bySize, byFullness),
  }
  await mkdir(values.out, { recursive: true })
  await writeFile(join(values.out, 'growth.json'), `${JSON.stringify({ ...curves, curves: undefined, findings })}\n`)
  await writeFile(join(values.out, 'curves.json'), `${JSON.stringify(curves)}\n`)
  await writeFile(join(values.out, 'growth.html'), renderCurves(curves))
  say(`written to ${values.out}: growth.json, curves.json, growth.html`)
}

/** @throws unless they are whole numbers, or fractions above 0 */
function numbersOf(name: string, text: string): number[] {
  const numbers = text.split(',').map(Number)
  if (numbers.some((one) => !(one >= 0))) throw new Error(`--${name}: numbers are wanted, not ${text}`)
  return numbers
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
