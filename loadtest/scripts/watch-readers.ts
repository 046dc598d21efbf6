/**
 * Many Watch readers in a process of their own; the first of them stops
 * reading. Says `ready` once all have their first token, and at the end of its
 * input what they saw, as JSON.
 *
 *   node dist/loadtest/scripts/watch-readers.js SERVER TENANT READERS CONNECTIONS
 */
import type { ClientReadableStream, ServiceError } from '@grpc/grpc-js'
import type { WatchResponse } from '../../daemon/generated/xpool/v1/allocation.js'
import { type Connection, connect } from '../connections.js'
import { reasonOf } from '../unary.js'
import { say } from './script-options.js'

export interface Seen {
  /** Events of the readers that read: the least and the most of any. */
  readonly least: number
  readonly most: number
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
  // Whoever started this closes our input when it has measured.
  for await (const _ of process.stdin);
  const counts = all.slice(1).map(({ events }) => events)
  const seen: Seen = { least: Math.min(...counts), most: Math.max(...counts), ended }
  say(JSON.stringify(seen))
  for (const { stream } of all) stream.cancel()
  for (const connection of opened) connection.close()
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
