import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { expect, test } from 'vitest'
import { canPin } from '../server-process.js'
import { gateways, shards, together } from './cores-rows.js'
import { largeRows } from './large-rows.js'
import { databasePages } from './lmdb-pages.js'
import { openLoop } from './mixed-row.js'
import { readPeerOptions } from './peer-options.js'
import { redisMissing } from './redis/redis-server.js'
import { interleaved, ratios } from './rounds.js'
import type { Found } from './row.js'
import { rateRow } from './row.js'
import { runPeers } from './run-peers.js'
import { type Sample, sampleOf } from './sample.js'
import { diskRow } from './space-rows.js'
import { parseStarts } from './start-rows.js'
import { evidenceList, linesOf, markdownTable, textTable } from './table.js'
import { targets } from './targets.js'
import { childrenUs, parseMachine, parseWritten, threadName, usageOf } from './usage.js'
import { judge } from './verdict.js'

const [more, less] = [targets[2], targets[1]]

test('the median decides between goal, must and short, whichever way is better', () => {
  expect(judge(more, [1.2, 1.1, 1.0])).toMatchObject({ figure: 1.1, verdict: 'goal' })
  expect(judge(more, [0.5, 0.6, 0.7]).verdict).toBe('must')
  expect(judge(more, [0.1, 0.2, 0.3]).verdict).toBe('short')
  expect(judge(less, [1.0]).verdict).toBe('goal')
  expect(judge(less, [1.1]).verdict).toBe('must')
  expect(judge(less, [1.2]).verdict).toBe('short')
})

test('rounds on both sides of the must are noise, whichever side the median takes', () => {
  expect(judge(more, [0.3, 0.5, 0.6])).toEqual({ figure: 0.5, spread: (0.6 - 0.3) / 0.5, verdict: 'within noise' })
  expect(judge(more, [0.3, 0.39, 0.6]).verdict).toBe('within noise')
})

test('a figure that is none is an error, not a verdict', () => {
  expect(() => judge(more, [Number.NaN])).toThrow('resolve-stream')
  expect(() => judge(more, [])).toThrow('none')
})

test('rounds go A B B A', async () => {
  const order: string[] = []
  const side = (name: string) => async () => order.push(name)
  const pairs = await interleaved(3, side('A'), side('B'))
  expect(order.join('')).toBe('ABBAAB')
  expect(ratios(pairs, (at) => at)).toEqual([1 / 2, 4 / 3, 5 / 6])
})

const usage = {
  elapsedMs: 1_000,
  serverCpuUs: 900_000,
  threadCpuUs: { 'gateway-0': 600_000, 'shards-0': 300_000 },
  writtenBytes: 5_000,
  clientCpuUs: 100_000,
  machineCpuUs: 1_500_000,
}

function sample(part: Partial<Sample>): Sample {
  return { ...sampleOf(usage, 1_000), ...part }
}

test('a sample says what an item cost, by thread, and how busy everybody was', () => {
  expect(sampleOf(usage, 1_000, 500)).toEqual({
    perSecond: 500,
    cpuUs: 900,
    threadUs: { 'gateway-0': 600, 'shards-0': 300 },
    writtenBytes: 5,
    serverShare: 0.9,
    clientShare: 0.1,
    othersShare: 0.5,
  })
  expect(() => sampleOf(usage, 0)).toThrow('nothing was answered')
})

test('rates decide unless a client was at its limit; then server CPU does', () => {
  const pairs = (clientShare: number) => ({
    ours: [sample({ perSecond: 100, cpuUs: 10 })],
    theirs: [sample({ perSecond: 50, cpuUs: 40, clientShare })],
  })
  const fresh = rateRow('resolve-stream', ['ours', 'theirs'], pairs(0.5))
  expect(fresh).toMatchObject({ figures: [2], basis: 'rate', byCpu: [4] })
  expect(fresh.evidence[0]).toContain(
    "gateway-0 600.0, shards-0 300.0); server 90 % and client 10 % of a core; the server's CPU",
  )
  expect(fresh.evidence[0]).toContain('other work took 0.50 cores meanwhile')
  const tired = rateRow('resolve-stream', ['ours', 'theirs'], pairs(0.95))
  expect(tired).toMatchObject({ figures: [4], byCpu: [4] })
  expect(tired.basis).toContain('a client was at its limit')
})

test('two loads on one server share its cost', () => {
  const [first, second] = [sample({ perSecond: 10, cpuUs: 30 }), sample({ perSecond: 20, cpuUs: 15 })]
  expect(together(first, second)).toMatchObject({ perSecond: 30, cpuUs: 10, threadUs: { 'gateway-0': 300 } })
})

test('what /proc says is read', () => {
  const stat = `7 (a (b) c) S ${Array.from({ length: 30 }, (_, i) => i + 4).join(' ')}`
  expect(threadName(stat)).toBe('a (b) c')
  expect(childrenUs(stat)).toBe((16 + 17) * 10_000)
  expect(parseWritten('read_bytes: 4\nwrite_bytes: 8192\n')).toBe(8_192)
  expect(parseMachine('cpu  1 2 3 400 500 6 7 800 0 0\ncpu0 9 9 9')).toBe((1 + 2 + 3 + 6 + 7) * 10_000)
})

test('work that burns CPU shows in the thread that did it', async () => {
  const { usage: spent } = await usageOf(process.pid, async () => {
    for (const until = performance.now() + 100; performance.now() < until; );
  })
  expect(spent.elapsedMs).toBeGreaterThanOrEqual(99)
  expect(spent.serverCpuUs).toBeGreaterThan(0)
  expect(spent.machineCpuUs).toBeGreaterThan(0)
})

test('the pages of each database in a file are those that its library counts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xpool-pages-'))
  try {
    const root = open({ path: join(folder, 'data.mdb'), maxDbs: 4 })
    const [small, large] = [
      root.openDB<string, string>({ name: 'small' }),
      root.openDB<string, string>({ name: 'large' }),
    ]
    root.transactionSync(() => {
      small.putSync('a', 'b')
      for (let i = 0; i < 5_000; i += 1) large.putSync(`key-${i}`, 'value'.repeat(20))
    })
    const stats = large.getStats() as Record<string, number>
    const pages = stats['treeBranchPageCount']! + stats['treeLeafPageCount']! + stats['overflowPages']!
    const found = await databasePages(join(folder, 'data.mdb'))
    expect(found).toContainEqual({ name: 'small', entries: 1, bytes: 4_096 })
    expect(found).toContainEqual({ name: 'large', entries: 5_000, bytes: pages * 4_096 })
    await root.close()
    await expect(databasePages(import.meta.filename)).rejects.toThrow('no file of LMDB')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('the journal and the request ids are told apart from what a binding takes', () => {
  const row = diskRow(
    new Map([
      ['binding', 1_500],
      ['route', 2_500],
      ['journal', 2_000],
      ['request', 1_000],
    ]),
    10,
  )
  expect(row.figures).toEqual([400])
  expect(row.evidence).toEqual(['B a binding: binding 150, route 250; apart: journal 200, request 100'])
})

test('starts and growth are read from what their commands say', () => {
  const said =
    'made\nstart 1: first Resolve 980 ms, ready 8700 ms, RssAnon 5 MiB\nstart 2: first Resolve 900 ms, ready 9000 ms\n'
  expect(parseStarts(said)).toEqual({ resolveMs: [980, 900], readyMs: [8_700, 9_000] })
  expect(() => parseStarts('nothing')).toThrow('no start')
  const few = { live: 10_000, resolveUnaryUs: 50, resolveStreamUs: 2, readyMs: 100, spread: 0.1 }
  const many = { live: 10_000_000, resolveUnaryUs: 60, resolveStreamUs: 3, readyMs: 40_000, spread: 0.2 }
  const rows = largeRows(JSON.stringify({ findings: [few, many] }))
  expect(rows.map(({ id, figures }) => [id, figures])).toEqual([
    ['large-unary', [1.2]],
    ['large-stream', [1.5]],
    ['start-large', [40]],
  ])
  expect(() => largeRows(JSON.stringify({ findings: [few] }))).toThrow('10000000')
})

test('options: quick sizes, single rows, and what cannot be', () => {
  expect(readPeerOptions([], 'out')).toMatchObject({ live: 1_000_000, rounds: 5, large: false, out: 'out' })
  expect(readPeerOptions(['--quick', '--rows', 'disk,memory'], '')).toMatchObject({
    live: 20_000,
    rows: ['disk', 'memory'],
  })
  expect(() => readPeerOptions(['--rows', 'nothing'], '')).toThrow('none of')
  expect(() => readPeerOptions(['--rounds', '0'], '')).toThrow('--rounds')
})

test('an open loop makes every call at its time, and fails with the first that fails', async () => {
  const intended: number[] = []
  const began = performance.now()
  expect(await openLoop(200, 200, async (_, atMs) => void intended.push(atMs - began))).toBe(40)
  expect(intended.length).toBe(40)
  expect(intended[39]! - intended[0]!).toBeCloseTo(195, 5)
  const refuse = async () => {
    throw new Error('refused')
  }
  await expect(openLoop(200, 200, refuse)).rejects.toThrow('refused')
})

test('the table says what was found, what was not run and what failed', () => {
  const found: Found = { id: 'disk', figures: [437], basis: 'pages', byCpu: [], evidence: ['route 281'] }
  const ratio: Found = { id: 'resolve-one', figures: [1.1, 1.0, 1.2], basis: 'p50', byCpu: [1.3], evidence: [] }
  const lines = linesOf([found, ratio, { id: 'mixed', skipped: 'not here' }, { id: 'memory', failed: 'broken' }])
  expect(lines.map(({ verdict }) => verdict)).toEqual(['within noise', 'not run', 'failed', 'must'])
  expect(markdownTable(lines)).toContain('| <= 600 B | <= 350 B | 437 B | - | - | must |')
  expect(textTable(lines)).toMatch(/1\.10 x +18 % +1\.30 x +within noise/)
  expect(evidenceList(lines)).toContain('must (pages), below its goal: what bounds it\n  - route 281')
})

const tiny = { ...readPeerOptions(['--quick', '--live', '1000'], ''), seconds: 0.3 }

test.skipIf(!canPin())('a tiny run of the peers: every row comes to a figure', { timeout: 240_000 }, async () => {
  const rows = [
    'resolve-one',
    'resolve-stream',
    'allocate-stream',
    'allocate-unary',
    'mixed',
    'fullness',
    'disk',
  ] as const
  const said: string[] = []
  const { all } = await runPeers({ options: { ...tiny, rows }, core: undefined, say: (line) => said.push(line) })
  const missing = redisMissing()
  for (const line of linesOf(all)) {
    const byRedis = /Redis/.test(line.work)
    if (byRedis && missing !== undefined) expect(line).toMatchObject({ verdict: 'not run', evidence: [missing] })
    else expect(line.figure, `${line.id}: ${line.evidence.join('; ')}`).toBeGreaterThan(0)
  }
  expect(all.length).toBe(rows.length)
  if (missing === undefined) expect(said.join('\n')).toMatch(/Redis: [\d,]+ routes of live bindings read again/)
})

test.skipIf(!canPin())('a tiny run of the cores: one and two of each', { timeout: 240_000 }, async () => {
  const wanted = { options: tiny, core: undefined }
  const [unary, stream] = await gateways(wanted)
  expect(unary.figures[0]).toBeGreaterThan(0)
  expect(stream.figures[0]).toBeGreaterThan(0)
  const { ours, theirs } = await shards(wanted)
  expect(ours[0]!.perSecond).toBeGreaterThan(0)
  expect(theirs[0]!.perSecond).toBeGreaterThan(0)
  expect(Object.keys(ours[0]!.threadUs).length).toBeGreaterThan(0)
})
