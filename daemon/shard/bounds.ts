/** Bounds of a shard's loop, with their units (I12). */
export const bounds = {
  /** Commands that wait for a shard; one more is refused with OVERLOADED. */
  inboxCommands: 16_384,
  /** Commands of one page. */
  commandsPerPage: 1_024,
  /** Numbers of the directory taken up in one turn of the event loop, about 30 ms of work. */
  numbersPerTurn: 20_000,
  /** Least time between two sweeps while commands come, ms; a sweep takes a few ms. */
  sweepEveryMs: 250,
  /** A pass of sweeps that takes every number with a spent row begins at least so long after the last, ms. */
  thoroughEveryMs: 600_000,
  /** A board of releases that is fuller has its numbers tidied with every page. */
  boardedShare: 0.5,
  /** How long the loop sleeps at most when nothing is due, ms; the clock is kept at least so often. */
  idleMs: 500,
  /** Same page handed over again after InDoubt, times. */
  resends: 20,
  resendAfterMs: 100,
  /** Wait before a shard that met a fault reads its store again, ms; doubled up to the greatest. */
  reloadAfterMs: 50,
  reloadAfterMsMax: 5_000,
  /** Retry hints for callers, ms. */
  retryRestartingMs: 200,
  retryStorageFullMs: 1_000,
  retryOverloadedMs: 50,
  retryClockMs: 30_000,
  /** Binding rows that one page of the forgetting sweep looks at. */
  forgetRows: 2_000,
  /** A pass of that sweep begins so long after the last one ended, ms. */
  forgetEveryMs: 600_000,
} as const
