/** What the tests set up in a daemon, and the questions they keep asking. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { XpoolError } from '../../daemon/client/error.js'
import type { Sparse } from '../../daemon/client/unary.js'
import { Pool, Quotas, Tenant } from '../../daemon/generated/xpool/v1/administration.js'
import type { AllocateRequest } from '../../daemon/generated/xpool/v1/allocation.js'
import { Outcome, Reason, type ResolveResponse } from '../../daemon/generated/xpool/v1/resolution.js'
import { type Binding, Media, Mode, Qualification } from '../../daemon/generated/xpool/v1/types.js'

export interface Lent {
  readonly tenant: string
  readonly pool: string
  readonly numbers: readonly string[]
}

let made = 0

/** A number of a person that no other test uses. */
export function person(): string {
  made += 1
  return `139${String(10_000_000 + made)}`
}

/** `count` proxy numbers in a row that no other test uses; the first one. */
export function block(count: number): string[] {
  made += 1
  const first = 700_900_000_000_000 + made * 100_000
  return Array.from({ length: count }, (_, i) => String(first + i))
}

export interface Wishes {
  readonly numbers?: number
  readonly tenant?: Partial<Tenant>
  readonly quotas?: Partial<Quotas>
  readonly pool?: Partial<Pool>
}

/** A tenant with a pool of its own. */
export async function lend(client: XpoolClient, wishes: Wishes = {}): Promise<Lent> {
  const tenant = await makeTenant(client, wishes)
  const pool = `pool-${tenant}`
  await client.createPool({ pool: { ...blankPool(), name: pool, tenants: [tenant], ...wishes.pool } })
  const numbers = block(wishes.numbers ?? 3)
  await client.addNumbers({ pool, area: '', numbers })
  return { tenant, pool, numbers }
}

export async function makeTenant(client: XpoolClient, wishes: Wishes = {}): Promise<string> {
  made += 1
  const name = `t${made}`
  const quotas = { ...Quotas.decode(new Uint8Array()), ...wishes.quotas }
  const qualification = Qualification.QUALIFICATION_APPROVED
  await client.createTenant({ tenant: { ...blankTenant(), name, qualification, quotas, ...wishes.tenant } })
  return name
}

export function blankTenant(): Tenant {
  return Tenant.decode(new Uint8Array())
}

export function blankPool(): Pool {
  return Pool.decode(new Uint8Array())
}

export function party(number: string) {
  return { number, verificationRef: '' }
}

export function ttl(value: number) {
  return { $case: 'ttlMs', value } as const
}

export type Wanted = Sparse<AllocateRequest>

/** An AXB request for an hour. */
export function axb(lent: Pick<Lent, 'tenant' | 'pool'>, a: string, b: string, more: Wanted = {}): Wanted {
  const { tenant, pool } = lent
  return { tenant, pool, mode: Mode.MODE_AXB, a: party(a), b: party(b), expiry: ttl(3_600_000), ...more }
}

export async function allocate(client: XpoolClient, request: Wanted): Promise<Binding> {
  const { binding } = await client.allocate(request)
  return binding!
}

/** A voice call unless said. */
export function call(client: XpoolClient, number: string, caller: string, media = Media.MEDIA_UNSPECIFIED) {
  return client.resolve({ number, caller, media })
}

/** The gist of an answer, for people to read in a failing test. */
export function gist(answer: ResolveResponse): string {
  const { outcome, callee, display, reason } = answer
  if (outcome === Outcome.OUTCOME_CONNECT) return `${answer.grace ? 'grace ' : ''}${callee} sees ${display}`
  if (outcome === Outcome.OUTCOME_FALLBACK) return `fallback ${callee}`
  return Reason[reason]!.replace('REASON_', '')
}

export async function ask(client: XpoolClient, number: string, caller: string, media?: Media): Promise<string> {
  return gist(await call(client, number, caller, media))
}

/** What a call was refused with; fails where it was not. */
export async function refusal(promise: Promise<unknown>): Promise<XpoolError> {
  const outcome = await promise.then(
    (answer) => ({ answer }),
    (error: unknown) => error,
  )
  expect(outcome, 'a refusal').toBeInstanceOf(XpoolError)
  return outcome as XpoolError
}

/** "CODE REASON". */
export async function refused(promise: Promise<unknown>): Promise<string> {
  const error = await refusal(promise)
  return `${error.codeName} ${error.reason}`
}

export async function nowOf(client: XpoolClient): Promise<number> {
  return (await client.getStats({})).nowMs
}

/** Sleeps until the daemon's clock is at `atMs` or past it. */
export async function untilTime(client: XpoolClient, atMs: number): Promise<void> {
  for (let left = 1; left > 0; left = atMs - (await nowOf(client))) await pause(Math.max(1, left))
}
