import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { encodeCommand, RespConnection } from './resp.js'

let server: Server | undefined
let sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server?.close()
  sockets = []
})

/** Answers whatever comes with these bytes, one write after the other. */
async function answering(chunks: readonly string[]): Promise<RespConnection> {
  const listening = createServer((socket) => {
    sockets.push(socket)
    socket.setNoDelay(true)
    socket.once('data', async () => {
      for (const chunk of chunks) {
        socket.write(chunk)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    })
  })
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return await RespConnection.open(address.port)
}

async function seen(connection: RespConnection, replies: number): Promise<(string | undefined)[]> {
  const all: (string | undefined)[] = []
  await connection.pipeline('x', replies, (bytes, from, to) => {
    all.push(to < from ? undefined : bytes.toString('latin1', from, to))
  })
  return all
}

test('a command is written as the protocol wants it', () => {
  expect(encodeCommand('HGET', 'r:7', '138')).toBe('*3\r\n$4\r\nHGET\r\n$3\r\nr:7\r\n$3\r\n138\r\n')
})

test('replies of every kind are read, wherever the chunks are cut', async () => {
  const text = '$5\r\nhello\r\n:42\r\n+OK\r\n$-1\r\n$0\r\n\r\n'
  const whole = await answering([text])
  expect(await seen(whole, 5)).toEqual(['hello', '42', 'OK', undefined, ''])
  whole.close()
  const cut = await answering([...text])
  expect(await seen(cut, 5)).toEqual(['hello', '42', 'OK', undefined, ''])
  cut.close()
})

test('an error fails its pipeline', async () => {
  const connection = await answering(['+OK\r\n-POOL_EXHAUSTED\r\n'])
  await expect(seen(connection, 2)).rejects.toThrow('POOL_EXHAUSTED')
  connection.close()
})

test('a connection that is closed fails what waits', async () => {
  const connection = await answering(['+OK\r\n'])
  const waiting = seen(connection, 2)
  setTimeout(() => sockets[0]!.destroy(), 20)
  await expect(waiting).rejects.toThrow('closed the connection')
  await expect(connection.command('PING')).rejects.toThrow('closed the connection')
})
