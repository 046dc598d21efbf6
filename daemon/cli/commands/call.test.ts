import { expect, test } from 'vitest'
import type { CannedMethods } from '../../client/canned-server.js'
import type { ReportCallRequest } from '../../generated/xpool/v1/resolution.js'
import { BindingState, CallPhase } from '../../generated/xpool/v1/types.js'
import { runCanned as xpool } from '../canned-run.js'

test('call started, answered, ended: every flag reaches its field', async () => {
  const got: ReportCallRequest[] = []
  const reportCall: CannedMethods['reportCall'] = ({ request }, answer) => {
    got.push(request)
    const state = request.answered ? BindingState.BINDING_STATE_ENDED : BindingState.BINDING_STATE_ACTIVE
    answer(null, {
      recorded: got.length !== 2,
      state,
      cooldownUntilMs: Date.UTC(2026, 2, 1, 9),
      position: Buffer.from([1]),
    })
  }
  const started = 'call started 0a01 c-1 --caller 13800000001 --number 7001 --at 2026-03-01T08:00Z'.split(' ')
  expect((await xpool({ reportCall }, ...started)).out.split('\n')).toEqual([
    'report         taken',
    'binding        active',
    'cooling until  2026-03-01T09:00:00Z',
  ])
  expect((await xpool({ reportCall }, 'call', 'answered', '0a01', 'c-1')).out).toContain('tells nothing new')
  const ended = await xpool({ reportCall }, ...'call ended 0a01 c-1 --answered --cause hung-up --json'.split(' '))
  expect(JSON.parse(ended.out)).toMatchObject({ recorded: true, state: 'BINDING_STATE_ENDED' })
  expect(got[0]).toEqual({
    callId: 'c-1',
    bindingId: '0a01',
    phase: CallPhase.CALL_PHASE_STARTED,
    atMs: Date.UTC(2026, 2, 1, 8),
    caller: '13800000001',
    number: '7001',
    answered: false,
    cause: '',
  })
  expect(got[1]).toMatchObject({ phase: CallPhase.CALL_PHASE_ANSWERED, caller: '', answered: false })
  expect(got[1]!.atMs).toBeUndefined()
  expect(got[2]).toMatchObject({ phase: CallPhase.CALL_PHASE_ENDED, answered: true, cause: 'hung-up' })
})

test('only the end of a call can have been answered', async () => {
  const { code, err } = await xpool({}, 'call', 'started', '0a01', 'c-1', '--answered')
  expect([code, err]).toEqual([2, expect.stringContaining("unknown option '--answered'")])
})
