/**
 * Many Watch readers in a process of their own; the first of them stops
 * reading. Says `ready` once all have their first token; is then told how many
 * events there were, and when all have seen them, or the time for it is over,
 * says what they saw, as JSON.
 *
 *   node dist/loadtest/scripts/watch-readers.js SERVER TENANT READERS CONNECTIONS
 */
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js'
import type { WatchResponse } from '../../daemon/generated/xpool/v1/allocation.js'
import { type Connection, connect } from '../connections.js'
import { reasonOf } from '../unary.js'
import { say } from './script-options.js'

/** For the last events to arrive, and between two looks whether they have. */
const lateMs = 20_000
const lookMs = 20

export interface Seen {
  /** Events of the readers that read: the least and the most of any. */
  readonly least: number
  readonly most: number
  /** Readers that did not see all. */
  readonly behind: number
  /** Reasons of the watches that ended by themselves. */
  readonly ended: readonly string[]
}

interface Reader {
  events: number
  readonly stream: ClientReadableStream<WatchResponse>
}

const [server, tenant, readers, connections] = process.argv.slice(2)
if (server !== undefined && tenant !== undefined) await run(server, tenant, Number(readers), Number(connections))

async function run(address: string, name: string, count: number, over: number): Promise<void> {
  const opened = await connect(address, over)
  const ended: string[] = []
  const all = await Promise.all(
    Array.from({ length: count }, (_, i) => openReader(opened[i % opened.length]!, name, i === 0, ended)),
  )
  say('ready')
  const made = Number((await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()).value)
  const counts = () => all.slice(1).map(({ events }) => events)
  for (let waited = 0; waited < lateMs && counts().some((events) => events < made); waited += lookMs) await wait(lookMs)
  say(JSON.stringify(seenBy(counts(), made, ended)))
  for (const { stream } of all) stream.cancel()
  for (const connection of opened) connection.close()
}

function seenBy(counts: readonly number[], made: number, ended: readonly string[]): Seen {
  const behind = counts.filter((events) => events < made).length
  return { least: Math.min(...counts), most: Math.max(...counts), behind, ended }
}

/** Resolves with the first token. */
function openReader({ allocation }: Connection, tenant: string, stops: boolean, ended: string[]): Promise<Reader> {
  return new Promise((resolve) => {
    const stream = allocation.watch({ tenant, resumeToken: '', kinds: [] })
    const reader: Reader = { events: 0, stream }
    stream.once('data', () => {
      if (stops) stream.pause()
      resolve(reader)
    })
    stream.on('data', ({ events }: WatchResponse) => {
      reader.events += events.length
    })
    stream.on('error', (error: ServiceError) => {
      const reason = reasonOf(error)
      if (reason !== 'CODE_1') ended.push(reason)
    })
  })
}
