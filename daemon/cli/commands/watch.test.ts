import { status } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { type CannedMethods, refused, serveCanned } from '../../client/canned-server.js'
import { complete } from '../../client/unary.js'
import type { WatchRequest } from '../../generated/xpool/v1/allocation.js'
import { Binding, CallPhase, Mode, NumberState, WatchEvent, WatchKind } from '../../generated/xpool/v1/types.js'
import { runStopped, runCanned as xpool } from '../canned-run.js'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

const atMs = Date.UTC(2026, 2, 1, 8)
const binding = complete(Binding, {
  mode: Mode.MODE_AXB,
  number: '700123456780001',
  a: { number: '13800000001', verificationRef: '' },
  b: { number: '13900000002', verificationRef: '' },
  endMs: atMs + 1_800_000,
  cooldownUntilMs: atMs + 3_600_000,
  revision: 2,
  releaseReason: 'delivered',
})
const ofBinding = { atMs, tenant: 'shop', pool: 'city', bindingId: '0a01', binding }
const calling = { callId: 'c-1', phase: CallPhase.CALL_PHASE_STARTED, atMs, answered: false, cause: '' }
const call = { ...calling, caller: '13700000003' }
const over = { ...calling, phase: CallPhase.CALL_PHASE_ENDED, answered: true, cause: 'hung up', caller: '' }

const events: readonly WatchEvent[] = [
  complete(WatchEvent, { ...ofBinding, kind: WatchKind.WATCH_KIND_ALLOCATED }),
  complete(WatchEvent, { ...ofBinding, kind: WatchKind.WATCH_KIND_UPDATED, atMs: atMs + 1_250 }),
  complete(WatchEvent, { ...ofBinding, kind: WatchKind.WATCH_KIND_EXPIRING }),
  complete(WatchEvent, { ...ofBinding, kind: WatchKind.WATCH_KIND_CALL, binding: undefined, call }),
  complete(WatchEvent, { ...ofBinding, kind: WatchKind.WATCH_KIND_CALL, binding: undefined, call: over }),
  complete(WatchEvent, { ...ofBinding, kind: WatchKind.WATCH_KIND_ENDED }),
  complete(WatchEvent, {
    kind: WatchKind.WATCH_KIND_POOL_LOW,
    atMs,
    pool: 'city',
    poolLevel: { low: true, freeNumbers: 1_234 },
  }),
  complete(WatchEvent, {
    kind: WatchKind.WATCH_KIND_NUMBER_STATE,
    atMs,
    pool: 'city',
    numbers: { first: '7001', count: 100, state: NumberState.NUMBER_STATE_FROZEN },
  }),
]

function telling(asked: WatchRequest[] = []): CannedMethods {
  return {
    watch: (stream) => {
      asked.push(stream.request)
      stream.write({ events: [], resumeToken: 't0' })
      stream.write({ events: events.slice(0, 3), resumeToken: 't1' })
      stream.write({ events: events.slice(3), resumeToken: 't2' })
    },
  }
}

test('one line an event, parties masked unless revealed, and the token to go on from on stderr', async () => {
  const asked: WatchRequest[] = []
  const args = 'watch --tenant shop --kinds allocated call --from t --count 8'.split(' ')
  const { code, out, err } = await xpool(telling(asked), ...args)
  expect(code).toBe(0)
  const where = 'shop  city  0a01'
  const pair = 'axb 700123456780001  138******01 - 139******02'
  expect(out.split('\n')).toEqual([
    `2026-03-01T08:00:00Z      allocated     ${where}  ${pair}  until 2026-03-01T08:30:00Z`,
    `2026-03-01T08:00:01.250Z  updated       ${where}  ${pair}  revision 2, until 2026-03-01T08:30:00Z`,
    `2026-03-01T08:00:00Z      expiring      ${where}  ${pair}  ends 2026-03-01T08:30:00Z`,
    `2026-03-01T08:00:00Z      call          ${where}  call c-1 started, by 137******03`,
    `2026-03-01T08:00:00Z      call          ${where}  call c-1 ended, was answered, hung up`,
    `2026-03-01T08:00:00Z      ended         ${where}  ${pair}  cooling until 2026-03-01T09:00:00Z (delivered)`,
    '2026-03-01T08:00:00Z      pool-low      city  low: 1,234 numbers free',
    '2026-03-01T08:00:00Z      number-state  city  7001 and 99 numbers after it: frozen',
  ])
  expect(err).toBe('xpool: to go on from here: --from t2')
  expect(asked[0]).toEqual({
    tenant: 'shop',
    resumeToken: 't',
    kinds: [WatchKind.WATCH_KIND_ALLOCATED, WatchKind.WATCH_KIND_CALL],
  })
  const revealed = await xpool(telling(), ...args, '--reveal')
  expect(revealed.out).toContain('13800000001 - 13900000002')
  expect(revealed.out).toContain('by 13700000003')
})

test('--json is one object a line by the names of the contract; the last of a response carries its token', async () => {
  const { out } = await xpool(telling(), 'watch', '--tenant', 'shop', '--count', '4', '--json')
  const lines = out.split('\n').map((line) => JSON.parse(line))
  expect(lines).toHaveLength(8)
  expect(lines.map((line) => line.resume_token)).toEqual([
    undefined,
    undefined,
    't1',
    undefined,
    undefined,
    undefined,
    undefined,
    't2',
  ])
  expect(lines[0]).toMatchObject({
    kind: 'WATCH_KIND_ALLOCATED',
    at_ms: atMs,
    binding_id: '0a01',
    binding: { mode: 'MODE_AXB', a: { number: '13800000001' } },
  })
  expect(lines[3].call).toMatchObject({ phase: 'CALL_PHASE_STARTED', caller: '13700000003' })
  expect(lines[7].numbers).toEqual({ first: '7001', count: 100, state: 'NUMBER_STATE_FROZEN' })
})

test('stopped by Ctrl-C it ends with 0 and the token, while nothing happens', async () => {
  const stop = new AbortController()
  const server = await serveCanned({
    watchSystem: (stream) => {
      stream.write({ events: [], resumeToken: 'system-7' })
      setTimeout(() => stop.abort(), 50)
    },
  })
  cleanups.push(server.stop)
  const { code, out, err } = await runStopped(stop.signal, '--server', server.address, 'watch', '--system')
  expect([code, out, err]).toEqual([0, '', 'xpool: to go on from here: --from system-7'])
})

test('a lost connection is told and taken up again; a token that is too old ends with 1 and what to do', async () => {
  const asked: string[] = []
  const watch: CannedMethods['watch'] = (stream) => {
    asked.push(stream.request.resumeToken)
    const lost = { code: status.UNAVAILABLE, reason: 'SHUTTING_DOWN', message: 'going down' }
    const expired = { code: status.OUT_OF_RANGE, reason: 'RESUME_TOKEN_EXPIRED', message: 'too old' }
    if (asked.length === 1) stream.write({ events: [events[0]!], resumeToken: 't1' })
    setTimeout(() => stream.emit('error', refused(asked.length === 1 ? lost : expired)), 5)
  }
  const { code, out, err } = await xpool({ watch }, 'watch', '--tenant', 'shop')
  expect(asked).toEqual(['', 't1'])
  expect(code).toBe(1)
  expect(out.split('\n')).toHaveLength(1)
  expect(err).toContain('xpool: connection lost (going down); going on where it broke off')
  expect(err).toContain('xpool: to go on from here: --from t1')
  expect(err).toContain('RESUME_TOKEN_EXPIRED: The journal no longer goes back to this token')
})

test('a watch is of a tenant or of the system', async () => {
  expect(await xpool({}, 'watch')).toMatchObject({ code: 2, err: 'xpool: give --tenant NAME or --system' })
})
