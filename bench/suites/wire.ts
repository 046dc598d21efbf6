import {
  Outcome,
  ResolveResponse,
  ResolveStreamRequest,
  ResolveStreamResponse,
} from '../../daemon/generated/xpool/v1/resolution.js'
import { partyNumber, proxyNumber } from '../sample.js'
import { nothingToClose, type Suite } from '../suite.js'

const batchItems = 64

/** Decoding a batch of questions and encoding a batch of answers, as ts-proto's code does it. */
export const wireSuite: Suite = {
  name: 'wire',
  async prepare() {
    const requests = Array.from({ length: batchItems }, (_, i) => ({
      number: proxyNumber(i),
      caller: partyNumber(i),
      extension: '',
      media: 0,
      callId: '',
      after: Buffer.alloc(0),
    }))
    const question = Buffer.from(ResolveStreamRequest.encode({ batchId: 1, requests }).finish())
    const blank = ResolveResponse.decode(new Uint8Array())
    const responses = Array.from({ length: batchItems }, (_, i) => ({
      ...blank,
      outcome: Outcome.OUTCOME_CONNECT,
      callee: partyNumber(i + 1),
      display: proxyNumber(i),
      bindingId: '00000000ABCDE',
      tenant: 'sample',
      maxCallMs: 7_200_000,
    }))
    return {
      tasks: [
        {
          name: 'wire, decode ResolveStreamRequest of 64',
          items: batchItems,
          run: () => {
            const { requests: read } = ResolveStreamRequest.decode(question)
            if (read.length !== batchItems) throw new Error('a batch does not read back')
          },
        },
        {
          name: 'wire, encode ResolveStreamResponse of 64',
          items: batchItems,
          run: () => {
            if (ResolveStreamResponse.encode({ batchId: 1, responses }).finish().length === 0) throw new Error('empty')
          },
        },
      ],
      close: nothingToClose,
    }
  },
}
