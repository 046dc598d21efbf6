/** Seeded sample data: the same in every run, scattered as real numbers are. */
import type { Binding, Digits } from '../daemon/core/binding.js'
import type { AllocateCommand } from '../daemon/core/commands.js'
import type { NumberRecord, Pool, Tenant } from '../daemon/core/directory.js'
import { defaults } from '../daemon/core/limits.js'

import { noWishes, samplePool as pool, sampleTenant as tenant } from '../daemon/core/testing.js'

export const sampleNowMs = 1_760_000_000_000

/** Draws in [0, 1), the same ones for the same seed. */
export function draws(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    // The low bits of such a generator repeat soon; the high ones decide.
    return state / 0x1_0000_0000
  }
}

/** A real number of 11 digits; different for every index below a billion. */
export function partyNumber(index: number): Digits {
  return `13${String((index * 7_368_787) % 1_000_000_000).padStart(9, '0')}`
}

/** A proxy number of 15 digits. */
export function proxyNumber(ordinal: number): Digits {
  return `7001${String(ordinal).padStart(11, '0')}`
}

/** Of a tenant east of Greenwich, as most are. */
export function sampleTenant(): Tenant {
  return tenant({ name: 'sample', utcOffsetMinutes: 480 })
}

/** Without a cooldown, so that a benchmark reaches its steady state at once. */
export function samplePool(): Pool {
  return pool({ name: 'sample', cooldownMs: 0 })
}

export function sampleNumber(ordinal: number): NumberRecord {
  return {
    digits: proxyNumber(ordinal),
    shard: 0,
    ordinal,
    pool: 1,
    area: '',
    state: 'IN_SERVICE',
    stateBefore: 'IN_SERVICE',
    importId: 0,
  }
}

/** An AXB binding as the core makes it, live at sampleNowMs. */
export function sampleBinding(seq: number, ordinal: number): Binding {
  return {
    seq,
    revision: 1,
    tenant: 1,
    pool: 1,
    mode: 'AXB',
    a: { number: partyNumber(2 * seq), verificationRef: '', sinceMs: sampleNowMs },
    b: { number: partyNumber(2 * seq + 1), verificationRef: '', sinceMs: sampleNowMs },
    members: [],
    firstParties: [],
    x: { ordinal, digits: proxyNumber(ordinal) },
    y: undefined,
    extension: '',
    createdMs: sampleNowMs,
    startMs: sampleNowMs,
    endMs: sampleNowMs + 3_600_000,
    heldUntilMs: 0,
    freeAtMs: sampleNowMs + 5_400_000,
    released: false,
    releaseReason: '',
    terms: {
      graceMs: 0,
      graceDirection: 'BOTH',
      cooldownMs: defaults.cooldownMs,
      direction: 'BOTH',
      media: ['VOICE', 'SMS'],
      maxCallMs: defaults.maxCallMs,
      maxCalls: 0,
      releaseOnHangup: false,
      record: false,
      callback: 'NONE',
      callbackNumber: '',
      callbackWindowMs: defaults.callbackWindowMs,
    },
    area: '',
    orderId: `order-${seq}`,
    userData: new Uint8Array(),
    requestId: `request-${seq}`,
  }
}

/** Bindings that a courier has at once: none of them may share a number. */
const bindingsPerCourier = 4

/** An Allocate of two parties, the B of whom has a few bindings. */
export function sampleAllocate(index: number, draw: number): AllocateCommand {
  return {
    type: 'allocate',
    tenant: 1,
    pool: 1,
    mode: 'AXB',
    a: { number: partyNumber(2 * index), verificationRef: '' },
    b: { number: partyNumber(2 * Math.floor(index / bindingsPerCourier) + 1), verificationRef: '' },
    members: [],
    x: undefined,
    y: undefined,
    areas: [],
    areaStrict: false,
    startMs: undefined,
    endMs: undefined,
    ttlMs: 86_400_000,
    wanted: noWishes,
    extension: '',
    selection: undefined,
    orderId: '',
    userData: new Uint8Array(),
    request: undefined,
    banned: [],
    draw,
  }
}
