/** Real numbers as a table shows them. */

/** Digits left at the front and at the end. */
const front = 3
const end = 2
/** At least so many digits are hidden, or all are. */
const hiddenDigitsMin = 3

/** `138******01`; a number too short to hide enough of it is hidden whole. */
export function masked(number: string): string {
  const hidden = number.length - front - end
  if (hidden < hiddenDigitsMin) return '*'.repeat(number.length)
  return number.slice(0, front) + '*'.repeat(hidden) + number.slice(-end)
}
