/** A server that stops answering ends a run; it does not hang it. */

/** So long after its end a run waits for the last answers; then the server has stalled, and the run fails. */
const stallMs = 30_000

/** @throws when the work is not done a while after the time it was to take */
export async function within(durationMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer for ${stallMs} ms`)), durationMs + stallMs)
  })
  try {
    await Promise.race([work, stalled])
  } finally {
    clearTimeout(timer)
  }
}
