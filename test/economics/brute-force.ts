/** Answers for tiny traces by trying everything, written apart from what they check. */
import fc from 'fast-check'
import type { Booking, Trace } from '../../daemon/plan/trace.js'

/** Whether two bookings of a trace may not share a number, by the words of the domain. */
export function clash(trace: Trace, cooldownMs: number, one: number, two: number): boolean {
  const [first, second] = trace.startMs[one]! <= trace.startMs[two]! ? [one, two] : [two, one]
  const partiesOf = (i: number) => [trace.a[i]!, trace.b[i]!]
  const shared = partiesOf(first!).filter((party) => partiesOf(second!).includes(party))
  if (shared.length === 0) return false
  // The same pair may take over what is only cooling.
  const heldMs = shared.length === 2 ? trace.endMs[first!]! : trace.endMs[first!]! + cooldownMs
  return trace.startMs[second!]! < heldMs
}

/** The fewest numbers with which somebody who knows the future could serve every booking. */
export function fewestNumbers(trace: Trace, cooldownMs: number): number {
  for (let numbers = 1; ; numbers += 1) if (canServe(trace, cooldownMs, numbers, [])) return numbers
}

function canServe(trace: Trace, cooldownMs: number, numbers: number, given: number[]): boolean {
  const booking = given.length
  if (booking === trace.bookings) return true
  // A number that nobody is on is as good as any other such.
  const opened = Math.max(-1, ...given) + 1
  for (let number = 0; number < Math.min(numbers, opened + 1); number += 1) {
    const fits = given.every((other, i) => other !== number || !clash(trace, cooldownMs, i, booking))
    if (fits && canServe(trace, cooldownMs, numbers, [...given, number])) return true
  }
  return false
}

export const t0 = 1_800_000_000_000

/** Bookings among few parties that all start when they are asked for, in any order of time. */
export function bookingsOver(spanMs: number, parties: number, most: number) {
  const one = fc.record({
    pair: fc.tuple(fc.nat(parties - 1), fc.nat(parties - 2)),
    startMs: fc.nat(spanMs),
    windowMs: fc.integer({ min: 1, max: 40 }),
  })
  return fc.array(one, { minLength: 1, maxLength: most }).map((all) =>
    all.map(({ pair: [a, other], startMs, windowMs }): Booking => {
      const b = other >= a ? other + 1 : other
      const atMs = t0 + startMs
      return { bookedMs: atMs, startMs: atMs, endMs: atMs + windowMs, a: `p${a}`, b: `p${b}`, area: '' }
    }),
  )
}
