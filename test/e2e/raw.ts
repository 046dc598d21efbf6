/** Calls with bytes of our own making: what no typed client would send. */
import { Client, credentials } from '@grpc/grpc-js'
import { decodeError } from '../../daemon/client/error.js'

const same = (buffer: Buffer) => buffer

/** A varint field, appended to a message as a stranger's encoder might. */
export function varintField(field: number, value: bigint): Buffer {
  return Buffer.from([...varint(BigInt(field) << 3n), ...varint(BigInt.asUintN(64, value))])
}

function varint(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn)
    if (rest < 0x80n) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}

/** One unary call; rejects with XpoolError. */
export async function callRaw(address: string, path: string, request: Buffer): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure())
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, same, same, request, (error, response) => {
        if (error !== null) reject(decodeError(error))
        else resolve(response!)
      })
    })
  } finally {
    client.close()
  }
}
