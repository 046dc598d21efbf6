import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { ErrorInfo, RetryInfo } from '../generated/google/rpc/error_details.js'
import { Status } from '../generated/google/rpc/status.js'
import { Failure, reasons, refusalFailure } from './failure.js'
import { itemErrorOf, statusOf } from './status.js'

test('every reason has a code that is an error', () => {
  for (const reason of reasons) {
    const { code } = new Failure(reason, 'm')
    expect(code).toBeGreaterThan(status.OK)
    expect(status[code]).toBeDefined()
  }
})

test('a refusal says when to come again, never in the past', () => {
  const refusal = { reason: 'QUOTA_RATE', message: 'm' } as const
  expect(refusalFailure({ ...refusal, retryAtMs: 1_500 }, 1_000).retryAfterMs).toBe(500)
  expect(refusalFailure({ ...refusal, retryAtMs: 900 }, 1_000).retryAfterMs).toBe(1)
  expect(refusalFailure(refusal, 1_000).retryAfterMs).toBeUndefined()
})

describe('a failure as gRPC shows it', () => {
  const failure = new Failure('POOL_EXHAUSTED', 'none left', {
    field: 'pool',
    retryAfterMs: 2_345.2,
    metadata: { cooling: '7' },
  })

  test('in the trailer', () => {
    const { code, details, metadata } = statusOf(failure)
    expect([code, details]).toEqual([status.RESOURCE_EXHAUSTED, 'none left'])
    const packed = Status.decode(metadata.get('grpc-status-details-bin')[0] as Buffer)
    expect(packed).toMatchObject({ code, message: 'none left' })
    expect(packed.details.map(({ typeUrl }) => typeUrl)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.RetryInfo',
    ])
    expect(ErrorInfo.decode(packed.details[0]!.value)).toEqual({
      reason: 'POOL_EXHAUSTED',
      domain: 'xpool',
      metadata: { field: 'pool', cooling: '7' },
    })
    expect(RetryInfo.decode(packed.details[1]!.value)).toEqual({ retryDelay: { seconds: 2, nanos: 346_000_000 } })
  })

  test('in an item of a batch', () => {
    expect(itemErrorOf(failure)).toEqual({
      code: status.RESOURCE_EXHAUSTED,
      reason: 'POOL_EXHAUSTED',
      message: 'none left',
      retryAfterMs: 2_346,
      metadata: { field: 'pool', cooling: '7' },
    })
    expect(itemErrorOf(new Failure('INVALID_MODE', 'm')).retryAfterMs).toBeUndefined()
  })
})
