/** What a gateway does for a batch of AllocateStream besides waiting: each step by itself, per item. */
import { ProtoWriter } from '../../daemon/bytes/proto-writer.js'
import { readAllocate } from '../../daemon/gateway/allocate-request.js'
import { bindingMessage } from '../../daemon/gateway/binding-message.js'
import { writeBound } from '../../daemon/gateway/command-answers.js'
import { Failure } from '../../daemon/gateway/failure.js'
import { allocateKey } from '../../daemon/gateway/fingerprint.js'
import { encodePosition } from '../../daemon/gateway/position.js'
import { MemoryDirectory } from '../../daemon/gateway/testing/memory-directory.js'
import { decodeMessage, encodeMessage, malformed } from '../../daemon/gateway/wire-codec.js'
import {
  AllocateRequest,
  AllocateStreamRequest,
  AllocateStreamResponse,
} from '../../daemon/generated/xpool/v1/allocation.js'
import { Mode } from '../../daemon/generated/xpool/v1/types.js'
import { partyNumber, sampleBinding, sampleNowMs } from '../sample.js'
import { nothingToClose, type Suite, type Task } from '../suite.js'

const batch = 16
const directory = new MemoryDirectory([])
const clock = { now: () => sampleNowMs }
const given = { directory, rules: [], shards: 1, clock, tenantOf: () => undefined }

export const allocateStreamSuite: Suite = {
  name: 'allocate-stream',
  async prepare() {
    const requests = Array.from({ length: batch }, (_, i) => request(i))
    return { tasks: [decode(requests), ...check(requests), fingerprint(requests), ...answer()], close: nothingToClose }
  },
}

function request(i: number): AllocateRequest {
  return {
    ...AllocateRequest.decode(new Uint8Array(0)),
    requestId: `request-${i}`,
    tenant: 'demo',
    pool: 'demo',
    mode: Mode.MODE_AXB,
    a: { number: partyNumber(2 * i), verificationRef: '' },
    b: { number: partyNumber(2 * i + 1), verificationRef: '' },
    expiry: { $case: 'ttlMs', value: 86_400_000 },
    orderId: `order-${i}`,
  }
}

function decode(requests: readonly AllocateRequest[]): Task {
  const items = requests.map((value) => ({ command: { $case: 'allocate' as const, value } }))
  const bytes = Buffer.from(AllocateStreamRequest.encode({ batchId: 1, items }).finish())
  return {
    name: `allocate stream, decode a batch of ${batch}`,
    items: batch,
    run: () => {
      const decoded = decodeMessage(AllocateStreamRequest, bytes)
      if (decoded === malformed || decoded.items.length !== batch) throw new Error('a batch does not read back')
    },
  }
}

function check(requests: readonly AllocateRequest[]): Task[] {
  const read = (some: readonly AllocateRequest[]) => (): void => {
    for (const one of some)
      if (readAllocate(one, given, 0.5) instanceof Failure) throw new Error('a request is refused')
  }
  const unnamed = requests.map((one) => ({ ...one, requestId: '' }))
  return [
    { name: 'allocate stream, request to command', items: batch, run: read(requests) },
    { name: 'allocate stream, request to command, without a request id', items: batch, run: read(unnamed) },
  ]
}

function fingerprint(requests: readonly AllocateRequest[]): Task {
  const canonical = { callbackNumber: undefined, tenant: 'demo', number: '', numberY: '' }
  return {
    name: 'allocate stream, fingerprint',
    items: batch,
    run: () => {
      for (const one of requests) {
        const key = allocateKey(one, { ...canonical, a: one.a, b: one.b, members: [] })
        if (key?.fingerprint.length !== 32) throw new Error('a fingerprint of another length')
      }
    },
  }
}

/** The response as it is written, and as the generated code would make it. */
function answer(): Task[] {
  const ends = Array.from({ length: batch }, (_, i) => {
    return { shard: 0, binding: sampleBinding(i + 1, i), replayed: false, recorded: false, page: 1 }
  })
  const out = new ProtoWriter(65_536)
  return [
    {
      name: `allocate stream, write a response of ${batch}`,
      items: batch,
      run: () => {
        out.clear()
        for (const end of ends) {
          const mark = out.openWide(2)
          writeBound(out, 'allocate', end, directory, sampleNowMs)
          out.closeWide(mark)
        }
        if (out.copied().length === 0) throw new Error('empty')
      },
    },
    {
      name: `allocate stream, encode a response of ${batch} by generated code`,
      items: batch,
      run: () => {
        const results = ends.map(({ shard, binding, replayed, page }) => {
          const position = encodePosition({ shard, seq: page })
          const value = { binding: bindingMessage(binding, shard, directory, sampleNowMs), replayed, position }
          return { result: { $case: 'allocated' as const, value } }
        })
        if (encodeMessage(AllocateStreamResponse, { batchId: 1, results }).length === 0) throw new Error('empty')
      },
    },
  ]
}
