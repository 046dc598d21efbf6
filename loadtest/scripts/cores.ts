/**
 * One and two gateways, one and two shards: what an item costs the server in
 * CPU time, thread by thread, the servers on core 0 and the client on core 1.
 *
 *   node dist/loadtest/scripts/cores.js [--live 100000] [--seconds 5] [--rounds 5]
 */
import { gateways, shardLines, shards } from '../peers/cores-rows.js'
import { readPeerOptions } from '../peers/peer-options.js'
import { ratios } from '../peers/rounds.js'
import { evidenceList, linesOf, textTable } from '../peers/table.js'
import { pinSelf } from '../server-process.js'
import { median, numbersFrom, say, spread } from './script-options.js'

const sizes = numbersFrom({ live: 100_000, seconds: 5, rounds: 5 })
const flags = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, String(value)])
const options = readPeerOptions(flags, '')
const core = pinSelf(1) ? 0 : undefined
say(
  core === undefined
    ? 'not pinned: taskset is not installed, or there is one core'
    : 'server on core 0, client on core 1',
)

const lines = linesOf(await gateways({ options, core }))
say(`${textTable(lines)}\n${evidenceList(lines)}`)

const pairs = await shards({ options, core })
const cost = ratios(pairs, (one) => one.cpuUs)
say(
  `two shards against one, two tenants, AllocateStream 2 x 8 x 16: server CPU an item ` +
    `${median(cost).toFixed(2)} x (spread ${Math.round(spread(cost) * 100)} %)`,
)
for (const line of shardLines(pairs)) say(`  ${line}`)
