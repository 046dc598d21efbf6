/**
 * Every bound of the core, with its unit, in one place (I12). A bound that
 * depends on another is checked at the end of the file.
 */
import assert from 'node:assert'

const SECOND_MS = 1_000
const HOUR_MS = 3_600 * SECOND_MS
export const DAY_MS = 24 * HOUR_MS

export const limits = {
  /** Digits of any number. ITU-T E.164 ends at 15; 700-range numbers with a country code are longer. */
  numberDigitsMin: 3,
  numberDigitsMax: 20,
  /** Reservations that one route key holds, past, present and booked. */
  reservationsPerKey: 8,
  /** Members of an AXG group. */
  members: 200,
  /** Areas of preference in one request. */
  areasPerRequest: 8,
  areaBytes: 64,
  /** Names of tenants and pools. */
  nameChars: 64,
  /** order_id, request_id, verification_ref, call_id and free-text reasons. */
  textBytes: 128,
  userDataBytes: 2_048,
  /** Areas of one pool; each has candidate lists of its own. */
  areasPerPool: 1_024,
  tenants: 65_535,
  pools: 65_535,
  tenantsPerPool: 1_024,
  bindingsPerNumberMax: 10_000,
  /** Numbers of one AddNumbers request, and of one block. */
  numbersPerRequest: 50_000,
  /** Digits of an extension; a position in their cycle is a 32-bit number. */
  extensionDigitsMax: 8,
  /** Numbers that an explanation looks at one by one. */
  numbersExplained: 10_000,
  /** Times lie below 2100-01-01. */
  timeMs: 4_102_444_800_000,
  /** A start that lies further back is refused, a nearer one becomes now. */
  startInPastMs: 60 * SECOND_MS,
  cooldownMs: 7 * DAY_MS,
  callMsMin: SECOND_MS,
  callMsMax: 24 * HOUR_MS,
  callbackWindowMsMax: 400 * DAY_MS,
  callsMax: 1_000_000,
  /** Calls in progress that one binding remembers one by one. */
  openCalls: 16,
  /** Ended calls of a binding whose ids are remembered, so that a repeated report is known. */
  closedCalls: 16,
  /** Bans in force, of all tenants. */
  bans: 1_000_000,
  /** A replay is known for this long at least. */
  requestKeptMs: DAY_MS,
  /** A binding is shown for this long past its free_at. */
  bindingKeptMs: DAY_MS,
  /** Ends, and likewise frees, journaled in one page. */
  dueIdsPerPage: 1_000,
  /** Numbers whose ended reservations one page prunes. */
  purgesPerPage: 256,
} as const

/** What a request, pool or tenant that says nothing gets (domain.md, Defaults). */
export const defaults = {
  cooldownMs: 30 * 60 * SECOND_MS,
  minCooldownMs: 0,
  maxCooldownMs: 7 * DAY_MS,
  bindingsPerNumber: 1_000,
  sparePercent: 15,
  maxCallMs: 2 * HOUR_MS,
  extensionDigits: 4,
  windowMs: 400 * DAY_MS,
  bookingAheadMs: 400 * DAY_MS,
  callbackWindowMs: DAY_MS,
} as const

assert(defaults.maxCooldownMs <= limits.cooldownMs)
assert(defaults.bindingsPerNumber <= limits.bindingsPerNumberMax)
assert(defaults.maxCallMs <= limits.callMsMax)
