import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyBinding } from '../../test/samples/shard-data.js'
import { given } from '../../test/samples/wire-data.js'
import { ProtoWriter } from '../bytes/proto-writer.js'
import {
  AllocateRequest,
  AllocateResponse,
  ReleaseResponse,
  UpdateRequest,
  UpdateResponse,
} from '../generated/xpool/v1/allocation.js'
import { ReportCallResponse } from '../generated/xpool/v1/resolution.js'
import { bindingMessage } from './binding-message.js'
import { reportResponse, writeBound, writeReported } from './command-answers.js'
import { encodePosition } from './position.js'
import { MemoryDirectory } from './testing/memory-directory.js'
import { writeAllocateRequest, writeUpdateRequest } from './write-request.js'

const directory = new MemoryDirectory([])
const nowMs = 1_800_000_000_000

function written(write: (out: ProtoWriter) => void): Buffer {
  const out = new ProtoWriter(1)
  write(out)
  return out.copied()
}

const end = fc.record({
  shard: fc.nat({ max: 65_535 }),
  binding: anyBinding,
  replayed: fc.boolean(),
  recorded: fc.boolean(),
  page: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
})

describe('a message that is written by hand has the bytes of the generated code', () => {
  it('AllocateResponse, ReleaseResponse, UpdateResponse, of any binding', () => {
    fc.assert(
      fc.property(end, (one) => {
        // Known ids have names, others have none.
        const known = { ...one, binding: { ...one.binding, tenant: 1, pool: 1 } }
        for (const concluded of [one, known]) {
          const { shard, replayed, page } = concluded
          const binding = bindingMessage(concluded.binding, shard, directory, nowMs)
          const position = encodePosition({ shard, seq: page })
          const expected = {
            allocate: AllocateResponse.encode({ binding, replayed, position }).finish(),
            release: ReleaseResponse.encode({ binding, position }).finish(),
            update: UpdateResponse.encode({ binding, position }).finish(),
          }
          for (const command of ['allocate', 'release', 'update'] as const) {
            const ours = written((out) => writeBound(out, command, concluded, directory, nowMs))
            expect(ours.equals(expected[command])).toBe(true)
          }
        }
      }),
    )
  })

  it('ReportCallResponse', () => {
    fc.assert(
      fc.property(end, (one) => {
        const ours = written((out) => writeReported(out, one, nowMs))
        expect(ours.equals(ReportCallResponse.encode(reportResponse(one, nowMs)).finish())).toBe(true)
      }),
    )
  })

  it('AllocateRequest and UpdateRequest in their canonical spelling, of which fingerprints are made (I7)', () => {
    fc.assert(
      fc.property(options, request, canonical, fc.boolean(), (given, rest, spelling, empty) => {
        const bare = empty ? AllocateRequest.decode(new Uint8Array(0)) : { ...given, ...rest.allocate }
        const whole: AllocateRequest = { ...bare, ...spelling, requestId: '' }
        whole.callbackNumber = spelling.callbackNumber ?? bare.callbackNumber
        const ours = written((out) => writeAllocateRequest(out, bare, spelling))
        expect(ours.equals(AllocateRequest.encode(whole).finish())).toBe(true)
      }),
    )
    fc.assert(
      fc.property(
        options,
        request,
        canonical,
        fc.boolean(),
        (given, rest, { a, b, members, callbackNumber }, empty) => {
          const bare = empty ? UpdateRequest.decode(new Uint8Array(0)) : { ...given, ...rest.update }
          const whole: UpdateRequest = { ...bare, a, b, members, requestId: '' }
          whole.callbackNumber = callbackNumber ?? bare.callbackNumber
          const ours = written((out) => writeUpdateRequest(out, bare, { a, b, members, callbackNumber }))
          expect(ours.equals(UpdateRequest.encode(whole).finish())).toBe(true)
        },
      ),
    )
  })
})

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const whole = fc.oneof(fc.nat({ max: 5 }), fc.maxSafeInteger())
const word = fc.nat({ max: 5 })
const party = fc.record({ number: fc.stringMatching(/^[0-9]{3,20}$/), verificationRef: text })
const bytes = fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some))

const options = fc.record({
  cooldownMs: given(whole),
  graceMs: given(whole),
  graceDirection: given(word),
  direction: given(word),
  media: fc.array(word, { maxLength: 3 }),
  maxCallMs: given(whole),
  maxCalls: given(whole),
  releaseOnHangup: given(fc.boolean()),
  record: given(fc.boolean()),
  callback: given(word),
  callbackNumber: given(text),
  callbackWindowMs: given(whole),
})
const request = fc.record({
  allocate: fc.record({
    requestId: text,
    tenant: text,
    pool: text,
    mode: word,
    a: given(party),
    b: given(party),
    members: fc.array(party, { maxLength: 3 }),
    number: text,
    numberY: text,
    areas: fc.array(text, { maxLength: 3 }),
    areaStrict: given(fc.boolean()),
    startMs: given(whole),
    expiry: given(fc.record({ $case: fc.constantFrom('endMs' as const, 'ttlMs' as const), value: whole })),
    extension: text,
    selection: given(word),
    orderId: text,
    userData: bytes,
  }),
  update: fc.record({
    bindingId: text,
    expectedRevision: given(whole),
    requestId: text,
    endMs: given(whole),
    a: given(party),
    b: given(party),
    members: fc.array(party, { maxLength: 3 }),
    orderId: given(text),
    userData: given(bytes),
    tenant: text,
  }),
})
const canonical = fc.record({
  a: given(party),
  b: given(party),
  members: fc.array(party, { maxLength: 3 }),
  callbackNumber: given(text),
  tenant: text,
  number: text,
  numberY: text,
})
