/** A real number with, after an `@`, where the proof of the person's real name is kept. */
import type { Party } from '../../generated/xpool/v1/types.js'

/** `13800000001` or `13800000001@ref`; whether the number is one is for the server to say. */
export function parseParty(text: string): Party {
  const at = text.indexOf('@')
  if (at < 0) return { number: text, verificationRef: '' }
  return { number: text.slice(0, at), verificationRef: text.slice(at + 1) }
}
