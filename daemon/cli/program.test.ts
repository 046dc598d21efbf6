import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import { type CannedMethods, refused, serveCanned } from '../client/canned-server.js'
import {
  type AddNumbersRequest,
  GetStatsResponse,
  type ListNumbersRequest,
  type SetNumberStateRequest,
  type UpdatePoolRequest,
  type UpdateTenantRequest,
} from '../generated/xpool/v1/administration.js'
import type { AllocateRequest, UpdateRequest } from '../generated/xpool/v1/allocation.js'
import { Outcome, Reason, ResolveResponse } from '../generated/xpool/v1/resolution.js'
import {
  Binding,
  BindingState,
  Direction,
  Media,
  Mode,
  NumberState,
  Qualification,
} from '../generated/xpool/v1/types.js'
import { run } from './program.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs one command line against canned answers. */
async function xpool(methods: CannedMethods, ...args: string[]): Promise<Ran> {
  const server = await serveCanned(methods)
  cleanups.push(() => server.stop())
  return await bare('--server', server.address, ...args)
}

async function bare(...args: string[]): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const terminal = { out: (text: string) => out.push(text), err: (text: string) => err.push(text), isTty: false }
  const code = await run(args, terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

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

test.each([
  [['allocate', '--pool', 'demo', '--a', '138', '--ttl', 'soon'], 'a length of time such as 90s'],
  [['allocate', '--pool', 'demo', '--a', '138', '--end', 'tomorrow'], 'a time such as'],
  [['allocate', '--pool', 'demo', '--a', '138', '--mode', 'abc'], 'one of axb, axyb, ax, axe, axg'],
  [['allocate', '--pool', 'demo', '--a', '138', '--ttl', '1m', '--end', '2026-03-01'], 'cannot be used with'],
  [['allocate', '--pool', 'demo'], "required option '--a <party>'"],
  [['update', 'x', '--a', '138', '--b', '139'], 'cannot be used with'],
  [['show'], "missing required argument 'binding-id'"],
  [['tenant', 'create', 'shop'], 'needs its --qualification'],
  [['tenant', 'update', 'shop'], 'nothing to change'],
  [['tenant', 'update', 'shop', '--clear', 'name'], 'no such setting'],
  [['tenant', 'update', 'shop', '--clear', 'numbers-held', '--numbers-held', '3'], 'is given a value'],
  [['number', 'add', '--pool', 'demo'], 'either numbers or --block'],
  [['number', 'add', '7001', '--pool', 'demo', '--block', '7001:70000'], 'a range such as'],
  [['number', 'state', '--state', 'frozen'], 'either a number or --block'],
  [['list', '--limit', '0'], 'a whole number of 1 or more'],
  [['stats', '--colour'], "unknown option '--colour'"],
  [['serve'], "unknown command 'serve'"],
])('wrong usage ends with 2 and sends nothing: %j', async (args, why) => {
  const { code, out, err } = await xpool({}, ...args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(why)
})

test('nothing listening ends with 3 and says where it looked', async () => {
  const server = await serveCanned({})
  server.stop()
  const { code, err } = await bare('stats', '--server', server.address)
  expect(code).toBe(3)
  expect(err).toContain(`no server at ${server.address}`)
  expect(err).toContain('ECONNREFUSED')
})

test('--help and --version end with 0', async () => {
  expect((await bare('--help')).out).toContain('Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no answer')
  expect(await bare('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) })
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

test('a list follows short pages until it has what was asked for, and says how to go on', async () => {
  const got: ListNumbersRequest[] = []
  const listNumbers: CannedMethods['listNumbers'] = ({ request }, answer) => {
    got.push(request)
    const number = {
      pool: 'demo',
      area: '',
      state: NumberState.NUMBER_STATE_IN_SERVICE,
      liveBindings: 0,
      coolingBindings: 0,
    }
    const many = Math.min(2, request.pageSize)
    const numbers = Array.from({ length: many }, (_, i) => ({ ...number, number: `700${got.length}${i}` }))
    answer(null, { numbers, nextPageToken: got.length < 5 ? `t${got.length}` : '' })
  }
  const three = await xpool({ listNumbers }, 'number', 'list', '--limit', '3', '--state', 'in-service')
  expect(got.map((r) => [r.pageSize, r.pageToken, r.state])).toEqual([
    [3, '', 1],
    [1, 't1', 1],
  ])
  expect(three.out.split('\n')).toHaveLength(5)
  expect(three.out).toContain('more: --page-token t2')
  got.length = 0
  const all = await xpool({ listNumbers }, 'number', 'list', '--all', '--json')
  expect(JSON.parse(all.out).numbers).toHaveLength(10)
  expect(got.every((r) => r.pageSize === 1_000)).toBe(true)
})

test('tenant create and update: quotas, policies, and a mask only with --clear', async () => {
  const got: UpdateTenantRequest[] = []
  const updateTenant: CannedMethods['updateTenant'] = ({ request }, answer) => {
    got.push(request)
    answer(null, { tenant: request.tenant })
  }
  const createTenant: CannedMethods['createTenant'] = ({ request }, answer) => {
    expect(request.tenant).toMatchObject({
      qualification: Qualification.QUALIFICATION_APPROVED,
      utcOffsetMinutes: -300,
    })
    answer(null, { tenant: request.tenant })
  }
  const create = 'tenant create shop --qualification approved --live-bindings 0 --utc-offset-minutes -300'.split(' ')
  const created = await xpool({ createTenant }, ...create)
  expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/live bindings +0\n/) })
  expect(created.out).toContain('-05:00')
  expect(created.out).toMatch(/numbers held +no limit/)
  const update = 'tenant update shop --numbers-held 50 --modes axb axyb --no-order-id-required'.split(' ')
  await xpool({ updateTenant }, ...update)
  expect(got[0]!.updateMask).toBeUndefined()
  expect(got[0]!.tenant).toMatchObject({
    quotas: { numbersHeld: 50 },
    policies: { modes: [Mode.MODE_AXB, Mode.MODE_AXYB], orderIdRequired: false },
  })
  await xpool({ updateTenant }, ...update, '--clear', 'live-bindings', 'max-window')
  expect(got[1]!.updateMask?.toSorted()).toEqual([
    'policies.max_window_ms',
    'policies.modes',
    'policies.order_id_required',
    'quotas.live_bindings',
    'quotas.numbers_held',
  ])
})

test('pool update clears by mask', async () => {
  const got: UpdatePoolRequest[] = []
  const updatePool: CannedMethods['updatePool'] = ({ request }, answer) => {
    got.push(request)
    answer(null, { pool: request.pool })
  }
  const args = 'pool update city --tenants demo shop --default-ttl 2h --clear fallback-number unmatched'.split(' ')
  const { out } = await xpool({ updatePool }, ...args)
  expect(got[0]!.updateMask?.toSorted()).toEqual(['default_ttl_ms', 'fallback_number', 'tenants', 'unmatched'])
  expect(got[0]!.pool).toMatchObject({ name: 'city', tenants: ['demo', 'shop'], defaultTtlMs: 7_200_000 })
  expect(out).toMatch(/default ttl +2h/)
})

test('number add and state: single numbers and ranges', async () => {
  const added: AddNumbersRequest[] = []
  const states: SetNumberStateRequest[] = []
  const methods: CannedMethods = {
    addNumbers: ({ request }, answer) => {
      added.push(request)
      answer(null, { added: 10_001, live: 10_001 })
    },
    setNumberState: ({ request }, answer) => {
      states.push(request)
      answer(null, { changed: 100 })
    },
  }
  const range = await xpool(methods, 'number', 'add', '--pool', 'p', '--block', '700123456780000:10000', '7010:1')
  expect(range.out).toBe('10,001 numbers are live in pool p')
  await xpool(methods, 'number', 'add', '7001', '7002', '--pool', 'p', '--area', 'paris')
  expect(added[0]).toMatchObject({ numbers: [], blocks: [{ first: '700123456780000', count: 10_000 }, { count: 1 }] })
  expect(added[1]).toMatchObject({ numbers: ['7001', '7002'], blocks: [], area: 'paris', importId: '', last: false })
  await xpool(methods, 'number', 'state', '7001', '--state', 'frozen', '--reason', 'complaint')
  await xpool(methods, 'number', 'state', '--block', '7001:100', '--state', 'retired')
  expect(states[0]).toMatchObject({ target: { $case: 'number', value: '7001' }, state: 3, reason: 'complaint' })
  expect(states[1]).toMatchObject({ target: { $case: 'block', value: { first: '7001', count: 100 } }, state: 5 })
})

test('stats and clock confirm', async () => {
  const methods: CannedMethods = {
    getStats: (_call, answer) =>
      answer(null, { ...GetStatsResponse.decode(Buffer.alloc(0)), nowMs: 1_772_352_000_000 }),
    confirmClock: (_call, answer) => answer(null, { nowMs: 1_772_352_000_000 }),
  }
  expect((await xpool(methods, 'stats')).out).toContain('no pools')
  expect((await xpool(methods, 'clock', 'confirm')).out).toBe("the server's time is 2026-03-01T08:00:00Z")
  expect(JSON.parse((await xpool(methods, 'clock', 'confirm', '--json')).out)).toEqual({ now_ms: 1_772_352_000_000 })
})

describe('import', () => {
  async function fileOf(text: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'xpool-cli-'))
    cleanups.push(() => rm(folder, { recursive: true }))
    const path = join(folder, 'numbers.csv')
    await writeFile(path, text)
    return path
  }
  const rows = (count: number) => Array.from({ length: count }, (_, i) => `${700_100_000 + i},area-${i % 2}`).join('\n')

  /** Counts as the daemon does: what was added before goes live with the part marked last. */
  function importer(refuse: (parts: number) => Parameters<typeof refused>[0] | undefined = () => undefined) {
    const got: AddNumbersRequest[] = []
    let calls = 0
    const addNumbers: CannedMethods['addNumbers'] = ({ request }, answer) => {
      const no = refuse(++calls)
      if (no !== undefined) return answer(refused(no))
      got.push(request)
      const all = got.reduce((sum, part) => sum + part.numbers.length, 0)
      return answer(null, { added: request.numbers.length, live: request.last ? all : 0 })
    }
    return { got, methods: { addNumbers } }
  }

  test('parts of one area go out under one id, the last of them marked', async () => {
    const { got, methods } = importer()
    const file = await fileOf(rows(250))
    const { code, out, err } = await xpool(methods, 'import', file, '--pool', 'city', '--part-size', '100')
    expect(code).toBe(0)
    expect(out).toMatch(/^250 numbers are live in pool city \(2 areas, \d+\.\d s\)$/)
    expect(got.map((part) => [part.numbers.length, part.area, part.last])).toEqual([
      [100, 'area-0', false],
      [100, 'area-1', false],
      [25, 'area-0', false],
      [25, 'area-1', true],
    ])
    expect(new Set(got.map((part) => part.importId)).size).toBe(1)
    expect(got[0]!.importId).toMatch(/^import-/)
    expect(err).toContain('sending: 250 of 250 numbers')
  })

  test('one bad line: its number is named, and nothing is sent', async () => {
    const { got, methods } = importer()
    const file = await fileOf(`${rows(250)}\n7001x\n`)
    const { code, err } = await xpool(methods, 'import', file, '--pool', 'city')
    expect(code).toBe(2)
    expect(err).toContain('line 251: "7001x" is not a number')
    expect(got).toEqual([])
  })

  test('a part that is refused ends the import: the last one is never sent', async () => {
    const exists = { code: status.ALREADY_EXISTS, reason: 'NUMBER_EXISTS', message: '700100150 is in a pool already' }
    const { got, methods } = importer((calls) => (calls === 3 ? exists : undefined))
    const { code, err } = await xpool(methods, 'import', await fileOf(rows(250)), '--pool', 'c', '--part-size', '100')
    expect(code).toBe(1)
    expect(got.some((part) => part.last)).toBe(false)
    expect(err).toContain('none of its numbers is live')
    expect(err).toContain('NUMBER_EXISTS: A pool has this number already')
  })

  test('a part refused for now is sent again', async () => {
    const busy = { code: status.RESOURCE_EXHAUSTED, reason: 'OVERLOADED', message: 'busy', retryAfterMs: 5 }
    const { got, methods } = importer((calls) => (calls === 2 || calls === 3 ? busy : undefined))
    const { code, out } = await xpool(
      methods,
      'import',
      await fileOf(rows(250)),
      ...['--pool', 'c', '--part-size', '100', '--json', '--import-id', 'mine'],
    )
    expect(code).toBe(0)
    expect(got.map((part) => part.importId)).toEqual(['mine', 'mine', 'mine', 'mine'])
    expect(JSON.parse(out)).toMatchObject({ pool: 'c', import_id: 'mine', live: 250, areas: 2, parts: 4 })
  })

  test('another count live than was sent is a fault', async () => {
    const addNumbers: CannedMethods['addNumbers'] = (_call, answer) => answer(null, { added: 1, live: 249 })
    const { code, err } = await xpool({ addNumbers }, 'import', await fileOf(rows(250)), '--pool', 'c')
    expect(code).toBe(1)
    expect(err).toContain('249 numbers went live, and 250 were in the file')
  })
})
