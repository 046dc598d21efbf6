import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { type CannedMethods, refused } from '../../client/canned-server.js'
import type { AllocateRequest, UpdateRequest } from '../../generated/xpool/v1/allocation.js'
import { Outcome, Reason, ResolveResponse } from '../../generated/xpool/v1/resolution.js'
import { Binding, BindingState, Direction, Media, Mode } from '../../generated/xpool/v1/types.js'
import { runCanned as xpool } from '../canned-run.js'

const binding: Binding = {
  ...Binding.decode(Buffer.alloc(0)),
  bindingId: '0a000000000000000001',
  tenant: 'demo',
  pool: 'demo',
  mode: Mode.MODE_AXB,
  number: '700123456780001',
  a: { number: '13800000001', verificationRef: '' },
  b: { number: '13900000002', verificationRef: '' },
  startMs: Date.UTC(2026, 2, 1, 8),
  endMs: Date.UTC(2026, 2, 1, 8, 30),
  cooldownUntilMs: Date.UTC(2026, 2, 1, 9),
  state: BindingState.BINDING_STATE_ACTIVE,
  revision: 1,
}
const position = Buffer.from([1])

describe('allocate', () => {
  test('every flag reaches its field, and what is not given stays absent', async () => {
    const got: AllocateRequest[] = []
    const allocate: CannedMethods['allocate'] = ({ request }, answer) => {
      got.push(request)
      answer(null, { binding, replayed: false, position })
    }
    const short = 'allocate --tenant demo --pool demo --a 13800000001 --b 13900000002@kyc-2 --ttl 30m'.split(' ')
    const { code, out } = await xpool({ allocate }, ...short)
    expect(code).toBe(0)
    expect(out).toContain('700123456780001')
    expect(got[0]).toMatchObject({
      tenant: 'demo',
      pool: 'demo',
      mode: Mode.MODE_AXB,
      a: { number: '13800000001', verificationRef: '' },
      b: { number: '13900000002', verificationRef: 'kyc-2' },
      expiry: { $case: 'ttlMs', value: 1_800_000 },
      requestId: '',
    })
    expect(got[0]!.record).toBeUndefined()
    expect(got[0]!.cooldownMs).toBeUndefined()
    const long = `allocate --pool demo --mode axg --a 138 --members 139 137@x --members 136 --start 2026-03-01T08:00Z
      --end 2026-03-01T16:30+08:00 --number 7001 --number-y 7002 --areas beijing shanghai --area-strict --extension 12
      --selection spread --request-id r1 --order-id o1 --user-data hi --cooldown 0 --grace 10m --grace-direction b-to-a
      --direction a-to-b --media sms --max-call 60s --max-calls 3 --release-on-hangup --no-record --callback fixed
      --callback-number 135 --callback-window 1d`.split(/\s+/)
    expect((await xpool({ allocate }, ...long)).code).toBe(0)
    expect(got[1]).toMatchObject({
      mode: Mode.MODE_AXG,
      members: [{ number: '139' }, { number: '137', verificationRef: 'x' }, { number: '136' }],
      startMs: Date.UTC(2026, 2, 1, 8),
      expiry: { $case: 'endMs', value: Date.UTC(2026, 2, 1, 8, 30) },
      number: '7001',
      numberY: '7002',
      areas: ['beijing', 'shanghai'],
      areaStrict: true,
      extension: '12',
      selection: 2,
      requestId: 'r1',
      orderId: 'o1',
      userData: Buffer.from('hi'),
      cooldownMs: 0,
      graceMs: 600_000,
      graceDirection: Direction.DIRECTION_B_TO_A,
      direction: Direction.DIRECTION_A_TO_B,
      media: [Media.MEDIA_SMS],
      maxCallMs: 60_000,
      maxCalls: 3,
      releaseOnHangup: true,
      record: false,
      callback: 2,
      callbackNumber: '135',
      callbackWindowMs: 86_400_000,
    })
  })

  test('tables mask real numbers, --reveal shows them, --json has them by the names of the contract', async () => {
    const methods: CannedMethods = { allocate: (_call, answer) => answer(null, { binding, replayed: true, position }) }
    const args = ['allocate', '--pool', 'demo', '--a', '13800000001', '--b', '13900000002', '--ttl', '30m']
    const plain = await xpool(methods, ...args)
    expect(plain.out).toContain('138******01')
    expect(plain.out).not.toContain('13800000001')
    expect(plain.out).toContain('This request id was known')
    expect((await xpool(methods, ...args, '--reveal')).out).toContain('13800000001')
    const { binding: json } = JSON.parse((await xpool(methods, ...args, '--json')).out)
    expect(json).toMatchObject({ binding_id: binding.bindingId, mode: 'MODE_AXB', a: { number: '13800000001' } })
  })

  test('a refusal ends with 1, a sentence, the counts by cause and the time of a retry', async () => {
    const methods: CannedMethods = {
      allocate: (_call, answer) =>
        answer(
          refused({
            code: status.RESOURCE_EXHAUSTED,
            reason: 'POOL_EXHAUSTED',
            message: 'no number fits',
            metadata: { in_use_by_a: '12' },
            retryAfterMs: 60_000,
          }),
        ),
    }
    const args = ['allocate', '--pool', 'demo', '--a', '13800000001', '--b', '13900000002', '--ttl', '30m']
    const { code, out, err } = await xpool(methods, ...args)
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('xpool: POOL_EXHAUSTED: No number of the pool can take this binding at present.')
    expect(err).toMatch(/numbers in use by A +12/)
    expect(err).toMatch(/retry +not before 1m from now/)
    const json = await xpool(methods, ...args, '--json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out).error).toMatchObject({ reason: 'POOL_EXHAUSTED', retry_after_ms: 60_000 })
  })
})

test('resolve shows the callee, and a rejection is an answer', async () => {
  const blank = ResolveResponse.decode(Buffer.alloc(0))
  const resolve: CannedMethods['resolve'] = ({ request }, answer) => {
    expect(request).toMatchObject({ number: '700123456780001', media: Media.MEDIA_SMS })
    const connect = { ...blank, outcome: Outcome.OUTCOME_CONNECT, callee: '13900000002', display: request.number }
    const reject = { ...blank, outcome: Outcome.OUTCOME_REJECT, reason: Reason.REASON_ANONYMOUS_CALLER }
    answer(null, request.caller === '13800000001' ? connect : reject)
  }
  const ask = ['resolve', '--number', '700123456780001', '--media', 'sms']
  const known = await xpool({ resolve }, ...ask, '--caller', '13800000001')
  expect(known).toMatchObject({ code: 0, out: expect.stringContaining('13900000002') })
  const withheld = await xpool({ resolve }, ...ask)
  expect(withheld).toMatchObject({ code: 0, out: expect.stringContaining('anonymous-caller') })
})

test('update sends only what is given', async () => {
  const got: UpdateRequest[] = []
  const update: CannedMethods['update'] = ({ request }, answer) => {
    got.push(request)
    answer(null, { binding, position })
  }
  const args = 'update 0a01 --end 1772352000000 --b 13700000009 --expected-revision 3 --user-data-base64 aGk='.split(
    ' ',
  )
  expect((await xpool({ update }, ...args)).code).toBe(0)
  expect(got[0]).toMatchObject({ bindingId: '0a01', endMs: 1_772_352_000_000, expectedRevision: 3, media: [] })
  expect(got[0]).toMatchObject({ b: { number: '13700000009' }, userData: Buffer.from('hi') })
  expect(got[0]!.a).toBeUndefined()
  expect(got[0]!.orderId).toBeUndefined()
})

test('release and show name the binding and the tenant', async () => {
  const release: CannedMethods['release'] = ({ request }, answer) => {
    expect(request).toEqual({ bindingId: '0a01', reason: 'done', tenant: 'demo' })
    answer(null, { binding: { ...binding, state: BindingState.BINDING_STATE_ENDED }, position })
  }
  const getBinding: CannedMethods['getBinding'] = (_call, answer) => answer(null, { binding })
  const released = await xpool({ release }, 'release', '0a01', '--reason', 'done', '--tenant', 'demo')
  expect(released).toMatchObject({ code: 0, out: expect.stringContaining('ended') })
  expect((await xpool({ getBinding }, 'show', '0a01')).out).toContain('active')
})
