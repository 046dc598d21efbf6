import { expect, test } from 'vitest'
import {
  Outcome,
  ResolveRequest,
  ResolveResponse,
  ResolveStreamRequest,
  ResolveStreamResponse,
} from '../daemon/generated/xpool/v1/resolution.js'
import { resolveRequest } from './messages.js'
import { cutBatch, decodeAnswer, encodeBatch, encodeQuestion, isConnected } from './resolve-wire.js'

const binding = { id: '0000000000001', x: '790000007000000', a: '13800000001', b: '15900000002' }
const fromA = { binding, fromA: true }
const fromB = { binding, fromA: false }
const right: ResolveResponse = {
  ...ResolveResponse.decode(new Uint8Array()),
  outcome: Outcome.OUTCOME_CONNECT,
  callee: binding.b,
  display: binding.x,
  bindingId: binding.id,
  tenant: 'load-1',
  maxCallMs: 7_200_000,
  record: true,
}

function answer(response: ResolveResponse) {
  const bytes = Buffer.from(ResolveResponse.encode(response).finish())
  return { bytes, from: 0, to: bytes.length }
}

test('a question is the bytes that the generated code makes', () => {
  for (const question of [fromA, fromB]) {
    const generated = ResolveRequest.encode(resolveRequest(binding, question.fromA, '')).finish()
    expect(encodeQuestion(question).equals(generated)).toBe(true)
  }
  const stranger = ResolveRequest.decode(encodeQuestion({ ...fromA, stranger: '17000000000' }))
  expect(stranger).toMatchObject({ number: binding.x, caller: '17000000000' })
})

test.each([1, 127, 128, 300, 2 ** 31 + 5, 2 ** 40])(
  'a batch %i is the bytes that the generated code makes',
  (batchId) => {
    const requests = [resolveRequest(binding, true, ''), resolveRequest(binding, false, '')]
    const generated = ResolveStreamRequest.encode({ batchId, requests }).finish()
    expect(encodeBatch({ batchId, asked: [fromA, fromB] }).equals(generated)).toBe(true)
  },
)

test('a batch of answers is cut where each begins and ends', () => {
  const responses = [right, { ...right, userData: Buffer.alloc(300, 7) }, ResolveResponse.decode(new Uint8Array())]
  const cut = cutBatch(Buffer.from(ResolveStreamResponse.encode({ batchId: 70_000, responses }).finish()))
  expect(cut.batchId).toBe(70_000)
  expect(cut.answers.map(decodeAnswer)).toEqual(responses)
})

test('the right answer is known by its bytes, and nothing else is', () => {
  expect(isConnected(answer(right), fromA)).toBe(true)
  expect(isConnected(answer({ ...right, callee: binding.a }), fromB)).toBe(true)
  const wrong: Partial<ResolveResponse>[] = [
    { callee: binding.a },
    { callee: '' },
    { callee: `${binding.b}1` },
    { callee: '15900000003' },
    { display: binding.b },
    { bindingId: '0000000000002' },
    { outcome: Outcome.OUTCOME_REJECT },
    { outcome: Outcome.OUTCOME_FALLBACK },
  ]
  for (const part of wrong) expect(isConnected(answer({ ...right, ...part }), fromA), JSON.stringify(part)).toBe(false)
  expect(isConnected(answer(right), fromB)).toBe(false)
})
