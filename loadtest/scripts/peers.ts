/**
 * The daemon beside its peers, in one command: a bare grpc-js echo, and Redis
 * with Lua where it is installed. Prints the table of targets with what was
 * measured, and writes it as JSON and Markdown.
 *
 *   node dist/loadtest/scripts/peers.js [--quick] [--large] [--live 1000000] [--seconds 10] [--rounds 5]
 *                                       [--rows resolve-one,disk] [--out dist/peers]
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { readPeerOptions } from '../peers/peer-options.js'
import { runPeers } from '../peers/run-peers.js'
import { evidenceList, linesOf, markdownTable, textTable } from '../peers/table.js'
import { output, pinSelf } from '../server-process.js'
import { say } from './script-options.js'

const options = readPeerOptions(process.argv.slice(2), output('peers'))
const pinned = pinSelf(1)
const cores = pinned
  ? 'every server on core 0 in its turn, clients on core 1'
  : 'not pinned: taskset is not installed, or there is one core'
const sizes =
  `${options.live.toLocaleString('en')} live bindings, ${options.rounds} rounds of ${options.seconds} s, A B B A` +
  (options.quick ? '; quick: too small and too short for a verdict that means much' : '')
const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}`
say(`${machine}\n${cores}\n${sizes}\n`)

const rows = await runPeers({ options, core: pinned ? 0 : undefined, say })
const lines = linesOf(rows.all)
say(`\n${textTable(lines)}\n\n${evidenceList(lines)}`)
await mkdir(options.out, { recursive: true })
const report = { format: 1, at: new Date().toISOString(), machine, cores, options, rows: lines }
await writeFile(join(options.out, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`)
const page = [`${machine}; ${cores}; ${sizes}.`, markdownTable(lines), evidenceList(lines)]
await writeFile(join(options.out, 'report.md'), `${page.join('\n\n')}\n`)
say(`\nwritten: ${join(options.out, 'report.json')}, report.md`)
if (rows.failed) process.exitCode = 1
