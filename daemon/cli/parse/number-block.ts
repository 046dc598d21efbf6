/** A range of numbers as `FIRST:COUNT`. */
import { limits } from '../../core/limits.js'
import type { NumberBlock } from '../../generated/xpool/v1/administration.js'

const form = /^(\d{3,20}):(\d{1,9})$/

/** undefined when the text is no range, or one of none or more than 50,000 numbers. */
export function parseNumberBlock(text: string): NumberBlock | undefined {
  const found = form.exec(text)
  if (found === null) return undefined
  const count = Number(found[2])
  return count >= 1 && count <= limits.numbersPerRequest ? { first: found[1]!, count } : undefined
}
