/** What a call must get, read straight off the list in domain.md, "Resolve, in this order". */
import type { Digits, Medium, Seq } from '../../daemon/core/binding.js'
import type { NaiveShard } from './naive-shard.js'

export interface NaiveAnswer {
  readonly outcome: 'CONNECT' | 'FALLBACK' | 'REJECT'
  readonly reason?: string
  readonly callee?: Digits
  readonly display?: Digits
  readonly seq?: Seq
  readonly grace?: boolean
}

export interface Call {
  readonly number: Digits
  /** undefined: withheld. */
  readonly caller: Digits | undefined
  readonly medium: Medium
}

const stopped = ['FROZEN', 'QUARANTINED']

export function naiveResolve(shard: NaiveShard, call: Call, now: number): NaiveAnswer {
  const number = shard.numbers.find((one) => one.digits === call.number)
  if (number === undefined) return reject('UNKNOWN_NUMBER')
  if (stopped.includes(number.state)) return reject('NUMBER_FROZEN')
  const standing = call.caller === undefined ? [] : shard.on(number.ordinal, call.caller, now)
  const route = standing.findLast((held) => held.from <= now) ?? standing[0]
  if (route === undefined) {
    if (call.caller === undefined) return reject('ANONYMOUS_CALLER')
    const pool = shard.pools.get(number.pool)!
    if (pool.unmatched === 'FALLBACK') return { outcome: 'FALLBACK', callee: pool.fallbackNumber }
    return reject('NO_BINDING')
  }
  const shown = shard.numbers.find((one) => one.digits === route.display)!
  if (stopped.includes(shown.state)) return reject('NUMBER_FROZEN')
  const { seq, callee, display } = route
  const binding = shard.binding(seq)!
  if (now < route.from) return reject('NOT_STARTED', seq)
  const { terms } = binding
  const ended = now >= route.end
  const permits = (direction: string) => direction === 'BOTH' || direction === route.direction
  const inGrace = !route.removed && now < route.end + terms.graceMs && permits(terms.graceDirection)
  if (ended && !inGrace) return reject('ENDED', seq)
  const tenant = shard.tenants.get(binding.tenant)!
  if (['SUSPENDED', 'REVOKED'].includes(tenant.qualification)) return reject('TENANT_SUSPENDED', seq)
  if (!ended && !permits(terms.direction)) return reject('DIRECTION_NOT_ALLOWED', seq)
  if (!terms.media.includes(call.medium)) return reject('MEDIA_NOT_ALLOWED', seq)
  return { outcome: 'CONNECT', callee, display, seq, grace: ended }
}

function reject(reason: string, seq?: Seq): NaiveAnswer {
  return seq === undefined ? { outcome: 'REJECT', reason } : { outcome: 'REJECT', reason, seq }
}
