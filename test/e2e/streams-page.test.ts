/** docs/streams.md is run: its clients are real ones, its bounds are the gateway's. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bounds } from '../../daemon/gateway/bounds.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/streams.md'), 'utf8')

let data: string
let daemon: Daemon
beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data)
})
afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

function example(heading: string): string {
  const [, section] = page.split(`## ${heading}\n`)
  return /```js\n(.*?)```/s.exec(section ?? '')?.[1] ?? expect.fail(`no example under ${heading}`)
}

/** Runs it as a module in `dist`, from the folder of the project; its output. */
async function outputOf(name: string, code: string): Promise<{ out: string; err: string; status: number | null }> {
  const path = join(root, 'dist', `${name}-${process.pid}.mjs`)
  await writeFile(path, code)
  try {
    const child = spawn(process.execPath, [path], { cwd: root, env: { ...process.env, XPOOL_SERVER: daemon.grpc } })
    const read = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      read.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      read.err += text
    })
    const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { ...read, status }
  } finally {
    await rm(path, { force: true })
  }
}

test('the example of our client allocates a hundred times', async () => {
  const { out, err, status } = await outputOf('own-client', example('With our client'))
  expect([status, err]).toEqual([0, ''])
  const numbers = out.trim().split('\n')
  expect(numbers).toHaveLength(100)
  for (const number of numbers) expect(number).toMatch(/^70012345678\d{4}$/)
})

test('the example of grpc-js alone asks two questions', async () => {
  const { out, err, status } = await outputOf('plain-client', example('With grpc-js alone'))
  expect([status, err]).toEqual([0, ''])
  expect(out.trim().split('\n')).toEqual(Array(2).fill('OUTCOME_REJECT REASON_NO_BINDING'))
})

test('the bounds it tells of are those of the gateway', () => {
  const MiB = 1_048_576
  const n = (value: number) => value.toLocaleString('en-US')
  const told = [
    `1 to ${n(bounds.batchItems)}, and ${bounds.batchBytes / MiB} MiB in all`,
    `more than ${n(bounds.refusedItems)}\nitems`,
    `| a stream | ${bounds.batchesPerStream} batches read and not written out, ${bounds.readAheadMessages} answers`,
    `taken, ${bounds.readAheadMessages} messages read ahead |`,
    `| a connection | ${bounds.streamsPerConnection} streams; ${bounds.streamBytesPerConnection / MiB} MiB of`,
    `${n(bounds.callsPerConnection)} calls |`,
    `| ${n(bounds.streamsPerGateway)} streams; ${bounds.streamBytesPerGateway / MiB} MiB; ${n(bounds.commandsOutstanding)} commands`,
    `| a message | ${bounds.messageBytes / MiB} MiB |`,
    `nothing for ${bounds.hoarderStallMs / 1_000} s is cut off`,
    `- ${bounds.lastAnswersMs / 1_000} s later the connection is closed`,
    `drops it without an answer in ${bounds.keepaliveTimeoutMs / 1_000} s`,
  ]
  expect(told.filter((text) => !page.includes(text))).toEqual([])
})
