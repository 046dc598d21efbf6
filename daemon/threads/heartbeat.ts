/** A thread's sign of life: a number in shared memory that it counts up on every turn of a timer. */
const beatEveryMs = 250

/** @returns stops the beat */
export function beat(memory: SharedArrayBuffer): () => void {
  const count = new Uint32Array(memory)
  const timer = setInterval(() => Atomics.add(count, 0, 1), beatEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Calls `lost` once when the count has stood still for `silenceMs`.
 * A main thread that was itself held up judges nobody: it looks again first.
 */
export function watchBeat(memory: SharedArrayBuffer, silenceMs: number, lost: () => void): () => void {
  const count = new Uint32Array(memory)
  let last = Atomics.load(count, 0)
  let silentMs = 0
  const timer = setInterval(() => {
    const now = Atomics.load(count, 0)
    silentMs = now === last ? silentMs + beatEveryMs * 2 : 0
    last = now
    if (silentMs >= silenceMs) {
      clearInterval(timer)
      lost()
    }
  }, beatEveryMs * 2)
  timer.unref()
  return () => clearInterval(timer)
}
