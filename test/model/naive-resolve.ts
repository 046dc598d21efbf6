/** What a call must get, read straight off the list in domain.md, "Resolve, in this order". */
import type { Binding, Digits, Medium, Seq } from '../../daemon/core/binding.js'
import { calledLast, used } from './naive-calls.js'
import type { Held, NaiveNumber, NaiveShard } from './naive-shard.js'

export interface NaiveAnswer {
  readonly outcome: 'CONNECT' | 'FALLBACK' | 'REJECT' | 'COLLECT_EXTENSION'
  readonly reason?: string
  readonly callee?: Digits
  readonly display?: Digits
  readonly seq?: Seq
  readonly grace?: boolean
  readonly digits?: number
}

export interface Call {
  readonly number: Digits
  /** undefined: withheld. */
  readonly caller: Digits | undefined
  /** Empty: none was dialled. */
  readonly extension: string
  readonly medium: Medium
}

const stopped = ['FROZEN', 'QUARANTINED']

/** One answer, or two where the rules leave open whether a call was counted. */
export function naiveResolve(shard: NaiveShard, call: Call, now: number): NaiveAnswer[] {
  const number = shard.numbers.find((one) => one.digits === call.number)
  if (number === undefined) return [reject('UNKNOWN_NUMBER')]
  if (stopped.includes(number.state)) return [reject('NUMBER_FROZEN')]
  const extensions = shard.onNumber(number.ordinal, now).some((held) => held.caller.startsWith('#'))
  const route = routeOf(shard, number, call, extensions, now)
  return route === undefined ? [unmatched(shard, number, call, extensions)] : onRoute(shard, route, call, now)
}

function routeOf(
  shard: NaiveShard,
  { ordinal }: NaiveNumber,
  { caller, extension }: Call,
  extensions: boolean,
  now: number,
): Held | undefined {
  const speaking = (key: string) => {
    const standing = shard.on(ordinal, key, now)
    return standing.findLast((held) => held.from <= now) ?? standing[0]
  }
  if (extensions && extension !== '') return speaking(`#${extension}`)
  return (caller === undefined ? undefined : speaking(caller)) ?? speaking('*')
}

function unmatched(shard: NaiveShard, number: NaiveNumber, call: Call, extensions: boolean): NaiveAnswer {
  const pool = shard.pools.get(number.pool)!
  if (extensions && call.extension === '') return { outcome: 'COLLECT_EXTENSION', digits: pool.extensionDigits }
  if (call.caller === undefined) return reject('ANONYMOUS_CALLER')
  return pool.unmatched === 'FALLBACK' ? { outcome: 'FALLBACK', callee: pool.fallbackNumber } : reject('NO_BINDING')
}

function onRoute(shard: NaiveShard, route: Held, call: Call, now: number): NaiveAnswer[] {
  const shown = shard.numbers.find((one) => one.digits === route.display)!
  if (stopped.includes(shown.state)) return [reject('NUMBER_FROZEN')]
  const { seq, display } = route
  const binding = shard.binding(seq)!
  if (now < route.from) return [reject('NOT_STARTED', seq)]
  const { terms } = binding
  const ended = now >= route.end
  const permits = (direction: string) => direction === 'BOTH' || direction === route.direction
  const inGrace = !route.removed && now < route.end + terms.graceMs && permits(terms.graceDirection)
  if (ended && !inGrace) return [reject('ENDED', seq)]
  const tenant = shard.tenants.get(binding.tenant)!
  if (['SUSPENDED', 'REVOKED'].includes(tenant.qualification)) return [reject('TENANT_SUSPENDED', seq)]
  const callee = calleeOf(shard, route, binding, now)
  const { caller } = call
  if (caller !== undefined && shard.banned(caller, callee, tenant.id, now)) return [reject('BANNED', seq)]
  if (!ended && !permits(terms.direction)) return [reject('DIRECTION_NOT_ALLOWED', seq)]
  if (!terms.media.includes(call.medium)) return [reject('MEDIA_NOT_ALLOWED', seq)]
  const limit = terms.maxCalls > 0 && call.medium === 'VOICE' ? terms.maxCalls : Infinity
  const { fewest, most } = used(shard.callsOf(seq), now)
  const through: NaiveAnswer =
    callee === '' ? reject('NO_CALLBACK', seq) : { outcome: 'CONNECT', callee, display, seq, grace: ended }
  if (fewest >= limit) return [reject('CALL_LIMIT', seq)]
  return most >= limit ? [through, reject('CALL_LIMIT', seq)] : [through]
}

function calleeOf(shard: NaiveShard, route: Held, { terms, seq }: Binding, now: number): string {
  if (!route.callsBack || terms.callback !== 'LAST_CALLER') return route.callee
  return calledLast(shard.callsOf(seq), terms.callbackWindowMs, now)
}

function reject(reason: string, seq?: Seq): NaiveAnswer {
  return seq === undefined ? { outcome: 'REJECT', reason } : { outcome: 'REJECT', reason, seq }
}
