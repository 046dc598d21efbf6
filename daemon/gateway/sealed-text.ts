/**
 * Text that goes out and comes back and is nobody's to read: AES-256-GCM under a
 * key of the process, so that every gateway opens what another sealed.
 *
 *   bytes 0 .. 11   12 .. 27   28 ..
 *   nonce           tag        the text, encrypted      all of it in base64url
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const cipher = 'aes-256-gcm'
export const sealKeyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** @param key `sealKeyBytes` bytes at random */
export function seal(text: string, key: Uint8Array): string {
  const nonce = randomBytes(nonceBytes)
  const sealing = createCipheriv(cipher, key, nonce, { authTagLength: tagBytes })
  const body = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()])
  return Buffer.concat([nonce, sealing.getAuthTag(), body]).toString('base64url')
}

/** undefined for what was not sealed under this key. */
export function open(sealed: string, key: Uint8Array): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < nonceBytes + tagBytes) return undefined
  const opening = createDecipheriv(cipher, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  opening.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  try {
    return Buffer.concat([opening.update(bytes.subarray(nonceBytes + tagBytes)), opening.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
