/** Bounds on what a request makes the rest of the daemon do (I12). */

/** For all threads together. Whoever asks one thread gives up on it sooner, so that one alone is left out. */
export const answerTimeoutMs = 3_000

/** Rejects with `what` when `work` takes longer than `timeoutMs`; the work itself goes on. */
export function inTime<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: no answer in ${timeoutMs} ms`)), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Calls that come while one is under way share its answer, so that any number of clients costs one. */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined
    })
    return underWay
  }
}
