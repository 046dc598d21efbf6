import { describe, expect, test } from 'vitest'
import { formatBindingId } from '../core/binding-id.js'
import { ReleaseRequest, UpdateRequest } from '../generated/xpool/v1/allocation.js'
import { readRelease, readUpdate } from './change-request.js'
import { MemoryDirectory } from './testing/memory-directory.js'
import { a, b, nowMs, x } from './testing/serve.js'

const directory = new MemoryDirectory([x])
const clock = { now: () => nowMs }
const given = { directory, rules: [], shards: 2, clock, tenantOf: () => 1 }
const bindingId = formatBindingId({ shard: 1, seq: 42 })
const nothing = new Uint8Array(0)
const release = (change: Partial<ReleaseRequest>) =>
  readRelease({ ...ReleaseRequest.decode(nothing), bindingId, ...change }, given)
const update = (change: Partial<UpdateRequest>) =>
  readUpdate({ ...UpdateRequest.decode(nothing), bindingId, ...change }, given)
const party = (number: string) => ({ number, verificationRef: '' })

describe('Release', () => {
  test('goes to the shard that the id names', () => {
    expect(release({ reason: 'done', tenant: 'demo' })).toEqual({
      shard: 1,
      command: { type: 'release', seq: 42, tenant: 1, reason: 'done' },
    })
    expect(release({})).toMatchObject({ command: { tenant: undefined } })
  })

  test.each<[Partial<ReleaseRequest>, string, string]>([
    [{ bindingId: '' }, 'FIELD_REQUIRED', 'binding_id'],
    [{ bindingId: 'no id of ours' }, 'BINDING_NOT_FOUND', 'binding_id'],
    [{ bindingId: formatBindingId({ shard: 2, seq: 1 }) }, 'BINDING_NOT_FOUND', 'binding_id'],
    [{ tenant: 'nobody' }, 'TENANT_NOT_FOUND', 'tenant'],
    [{ reason: 'r'.repeat(129) }, 'FIELD_TOO_LONG', 'reason'],
  ])('%j is refused', (change, reason, field) => {
    expect(release(change)).toMatchObject({ reason, metadata: { field } })
  })
})

describe('Update', () => {
  test('what is absent stays, what is present and empty is meant', () => {
    expect(update({})).toMatchObject({ command: { endMs: undefined, orderId: undefined, userData: undefined } })
    expect(update({ orderId: '', userData: Buffer.alloc(0) })).toMatchObject({
      command: { orderId: '', userData: new Uint8Array(0) },
    })
  })

  test('carries a fingerprint that is not that of the same update with another end', () => {
    const one = update({ requestId: 'r', endMs: 5 })
    expect(one).toMatchObject({ command: { request: { id: 'r' } } })
    expect(update({ requestId: 'r', endMs: 5 })).toEqual(one)
    expect(update({ requestId: 'r', endMs: 6 })).not.toEqual(one)
  })

  test.each<[Partial<UpdateRequest>, string, string]>([
    [{ a: party(a), b: party(b) }, 'INVALID_OPTION', 'b'],
    [{ a: party(x) }, 'INVALID_NUMBER', 'a.number'],
    [{ members: [party('777'), party('777')] }, 'SAME_PARTY', 'members[1].number'],
    [{ endMs: 0 }, 'INVALID_WINDOW', 'end_ms'],
    [{ endMs: Number.NaN }, 'INVALID_WINDOW', 'end_ms'],
    [{ expectedRevision: 0 }, 'INVALID_OPTION', 'expected_revision'],
    [{ userData: Buffer.alloc(3_000) }, 'FIELD_TOO_LONG', 'user_data'],
    [{ bindingId: '' }, 'FIELD_REQUIRED', 'binding_id'],
  ])('%j is refused', (change, reason, field) => {
    expect(update(change)).toMatchObject({ reason, metadata: { field } })
  })
})
