/** Every bound of planning, with its unit. */
import { defaults, limits } from '../core/limits.js'

export const planLimits = {
  /** Bookings of one trace: 40 bytes each in memory, and their parties' names while it is read. */
  bookings: 5_000_000,
  /** A longer line means that this is no trace. */
  lineChars: 1_024,
  partyChars: 128,
  /** As a pool takes it. */
  sparePercents: 90,
  areaBytes: limits.areaBytes,
  areas: limits.areasPerPool,
  windowMs: defaults.windowMs,
  bookingAheadMs: defaults.bookingAheadMs,
  /** Faults of a trace that are named; the rest is only more of the same. */
  faultsNamed: 20,
  /** Parties of an odd set that the lower bound looks for. */
  oddSetParties: 41,
  /** Odd sets that the lower bound grows over a whole trace. */
  oddSetSearches: 20_000,
  /** Numbers of a pool that a plan considers. */
  poolNumbers: 1_000_000,
  cooldowns: 8,
} as const
