import { expect, test } from 'vitest'
import { formatBindingId } from '../core/binding-id.js'
import { ReportCallRequest } from '../generated/xpool/v1/resolution.js'
import { CallPhase } from '../generated/xpool/v1/types.js'
import { readReport } from './report-request.js'
import { MemoryDirectory } from './testing/memory-directory.js'
import { nowMs } from './testing/serve.js'

const given = {
  directory: new MemoryDirectory([]),
  rules: [],
  shards: 2,
  clock: { now: () => nowMs },
  tenantOf: () => undefined,
}
const read = (change: Partial<ReportCallRequest>) =>
  readReport(
    {
      ...ReportCallRequest.decode(new Uint8Array(0)),
      callId: 'c1',
      bindingId: formatBindingId({ shard: 1, seq: 7 }),
      phase: CallPhase.CALL_PHASE_ENDED,
      ...change,
    },
    given,
  )

test('a report goes to the shard that the id names', () => {
  expect(read({ answered: true, caller: '+13800000001' })).toEqual({
    shard: 1,
    command: {
      type: 'report-call',
      seq: 7,
      report: {
        callId: 'c1',
        phase: 'ENDED',
        atMs: undefined,
        caller: '13800000001',
        number: '',
        answered: true,
        cause: '',
      },
    },
  })
})

test.each<[string, Partial<ReportCallRequest>, string, string]>([
  ['no call id', { callId: '' }, 'FIELD_REQUIRED', 'call_id'],
  ['a long call id', { callId: 'é'.repeat(65) }, 'FIELD_TOO_LONG', 'call_id'],
  ['no binding', { bindingId: '' }, 'FIELD_REQUIRED', 'binding_id'],
  ['no phase', { phase: CallPhase.CALL_PHASE_UNSPECIFIED }, 'INVALID_OPTION', 'phase'],
  ['a phase beyond the enum', { phase: 9 as CallPhase }, 'INVALID_OPTION', 'phase'],
  ['a time of 0', { atMs: 0 }, 'INVALID_WINDOW', 'at_ms'],
  ['a time beyond 2^53', { atMs: Number.NaN }, 'INVALID_WINDOW', 'at_ms'],
  ['a number of letters', { number: 'x' }, 'INVALID_NUMBER', 'number'],
  ['a long cause', { cause: 'c'.repeat(129) }, 'FIELD_TOO_LONG', 'cause'],
  ['a binding of no shard', { bindingId: formatBindingId({ shard: 2, seq: 7 }) }, 'BINDING_NOT_FOUND', 'binding_id'],
])('%s is refused', (_name, change, reason, field) => {
  expect(read(change)).toMatchObject({ reason, metadata: { field } })
})
