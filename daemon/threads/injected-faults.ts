/** Ways for a thread to come to grief, for the tests of what happens then. Reached with XPOOL_FAULT_POINTS=on alone. */

/** Fills the thread's heap until V8 ends the thread. */
export function exhaustMemory(): void {
  const hoard: number[][] = []
  for (;;) hoard.push(new Array<number>(100_000).fill(hoard.length))
}
