/** How a party's number is shown where it must be shown at all: enough to recognise, too little to call. */

/** Fewer digits than this, and what is left open would be most of the number. */
const shownDigitsMin = 8
const maskedCharsMax = 20

/** `13812345678` becomes `138******78`; anything short, or not digits, becomes stars alone. */
export function mask(digits: string): string {
  const length = Math.min(digits.length, maskedCharsMax)
  if (length < shownDigitsMin || !/^[0-9]+$/.test(digits)) return '*'.repeat(length)
  return `${digits.slice(0, 3)}${'*'.repeat(length - 5)}${digits.slice(-2)}`
}
