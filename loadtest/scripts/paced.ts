/** A load of a fixed rate: two runs of it differ in nothing but the server. */
import { setTimeout as wait } from 'node:timers/promises'

/** Between two looks at what is due. */
const turnMs = 5
/** Calls of one load in flight; while a server is behind by so many the load waits for it. */
const outstandingCalls = 512

/**
 * Starts `perSecond` calls a second, evenly, fewer where the server does not
 * keep up, and waits for the last answer.
 * @returns how many were made
 * @throws at the first that fails
 */
export async function paced(perSecond: number, durationMs: number, act: (index: number) => Promise<unknown>) {
  const began = performance.now()
  let made = 0
  let outstanding = 0
  let failed: { readonly error: unknown } | undefined
  const done = (): void => {
    outstanding -= 1
  }
  const fail = (error: unknown): void => {
    failed ??= { error }
    done()
  }
  for (let elapsed = 0; elapsed < durationMs && failed === undefined; elapsed = performance.now() - began) {
    const due = Math.floor((elapsed / 1_000) * perSecond)
    for (; made < due && outstanding < outstandingCalls; made += 1) {
      outstanding += 1
      act(made).then(done, fail)
    }
    await wait(turnMs)
  }
  while (outstanding > 0 && failed === undefined) await wait(turnMs)
  if (failed !== undefined) throw failed.error
  return made
}
