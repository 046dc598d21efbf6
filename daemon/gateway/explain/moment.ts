/** Moments as people read them in a sentence: whole seconds of UTC, with the day where it is not today. */

/** As in `at 14:05:10 UTC` or `on 2026-11-24 at 14:05:10 UTC`. @param nowMs tells which day is today */
export function moment(ms: number, nowMs: number): string {
  const [day, time] = parts(ms)
  const clock = `at ${time} UTC`
  return day === parts(nowMs)[0] ? clock : `on ${day} ${clock}`
}

/** The first whole second that is not before: who waits for it waits long enough. */
export function momentFrom(ms: number, nowMs: number): string {
  return moment(Math.ceil(ms / 1_000) * 1_000, nowMs)
}

function parts(ms: number): [day: string, time: string] {
  const text = new Date(ms).toISOString()
  return [text.slice(0, 10), text.slice(11, 19)]
}
