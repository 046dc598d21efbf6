/** A client by hand that sends on streams and never reads an answer: grpc-js's own takes in what it is not asked for. */
import { connect } from 'node:http2'

const frameHeadBytes = 5
/** MiB; the default ends the session of a client that has much to send. */
const sessionMemory = 1_000

/** Sends `message` again and again on each stream, the next once the former has left. */
export function silentReader(address: string, path: string, message: Buffer, streams: number) {
  const head = Buffer.alloc(frameHeadBytes)
  head.writeUInt32BE(message.length, 1)
  const frame = Buffer.concat([head, message])
  const session = connect(`http://${address}`, { maxSessionMemory: sessionMemory })
  session.on('error', () => undefined)
  let sent = 0
  for (let i = 0; i < streams; i += 1) {
    const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' }
    const stream = session.request(headers)
    stream.on('error', () => undefined)
    const next = () => {
      stream.write(frame, (error) => {
        if (error) return
        sent += 1
        next()
      })
    }
    next()
  }
  return { sent: () => sent, stop: () => session.destroy() }
}
