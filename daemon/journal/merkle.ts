/**
 * Merkle trees over SHA-256, in the shape of RFC 6962: the left subtree holds
 * the largest power of two of leaves below their number.
 *
 *            root = H(0x01, left, right)
 *           /                          \
 *        H(0x01, ., .)              leaf 2 = H(0x00, salt, event)
 *        /          \
 *     leaf 0      leaf 1
 *
 * The prefixes keep a node from passing for a leaf (RFC 6962, section 2.1).
 */
import { hash } from 'node:crypto'

export const hashBytes = 32
export const saltBytes = 16

const leafPrefix = 0x00
const nodePrefix = 0x01
const nodeInput = Buffer.alloc(1 + 2 * hashBytes)
nodeInput[0] = nodePrefix

/** Events up to about so many bytes are hashed from memory that is kept for it. */
const leafInputBytes = 1_024
const leafInput = Buffer.alloc(leafInputBytes)
leafInput[0] = leafPrefix
/** The first n bytes of leafInput as a view, by n: a view made anew costs a tenth of a microsecond. */
const leafInputs: (Buffer | undefined)[] = Array.from({ length: leafInputBytes + 1 }, () => undefined)

/** The root of a tree without leaves, and the hash of the page before the first. */
export const zeroHash: Uint8Array = new Uint8Array(hashBytes)

/**
 * SHA-256 in one call: `createHash` costs several times as much for short inputs,
 * and so does asking for a Buffer, which gets memory of its own, rather than a text.
 */
export function sha256(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1')
}

/**
 * A hash as text of 32 characters, each one byte: within a tree hashes stay
 * texts, for a Buffer to hold one costs twice what the hashing does.
 */
export type HashText = string

function sha256Text(bytes: Uint8Array): HashText {
  return hash('sha256', bytes, 'binary')
}

/** @param salt 16 bytes, so that the border between salt and event is not in doubt */
export function leafHash(salt: Uint8Array, event: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(1 + salt.length + event.length)
  input[0] = leafPrefix
  input.set(salt, 1)
  input.set(event, 1 + salt.length)
  return sha256(input)
}

/** As leafHash, of a salt at `saltAt` and an event from `from` to `to` of the same bytes. */
export function leafText(bytes: Buffer, saltAt: number, from: number, to: number): HashText {
  const size = 1 + saltBytes + to - from
  if (size > leafInputBytes) {
    return hashToText(leafHash(bytes.subarray(saltAt, saltAt + saltBytes), bytes.subarray(from, to)))
  }
  bytes.copy(leafInput, 1, saltAt, saltAt + saltBytes)
  bytes.copy(leafInput, 1 + saltBytes, from, to)
  let input = leafInputs[size]
  if (input === undefined) {
    input = leafInput.subarray(0, size)
    leafInputs[size] = input
  }
  return sha256Text(input)
}

function hashToText(bytes: Uint8Array): HashText {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function nodeText(left: HashText, right: HashText): HashText {
  nodeInput.write(left, 1, hashBytes, 'latin1')
  nodeInput.write(right, 1 + hashBytes, hashBytes, 'latin1')
  return sha256Text(nodeInput)
}

/** The root over hashes of leaves; zeroHash for none. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return leaves.length === 0 ? zeroHash : rootOfTexts(leaves.map(hashToText))
}

/** As merkleRoot; the list is used up. */
export function rootOfTexts(level: HashText[]): Uint8Array {
  let width = level.length
  if (width === 0) return zeroHash
  while (width > 1) width = rise(level, width)
  return Buffer.from(level[0]!, 'latin1')
}

/** Puts the parents of the first `width` nodes in their place; returns how many. */
function rise(level: HashText[], width: number): number {
  let above = 0
  for (let i = 0; i + 1 < width; i += 2) {
    level[above] = nodeText(level[i]!, level[i + 1]!)
    above += 1
  }
  // A last node without a neighbour moves up as it is: level by level this gives RFC 6962's shape.
  if (width % 2 === 1) {
    level[above] = level[width - 1]!
    above += 1
  }
  return above
}

/** That one leaf belongs to a tree: its neighbours on the way up. */
export interface InclusionProof {
  readonly index: number
  /** Leaves of the whole tree. */
  readonly size: number
  /** From the leaf upwards; levels where the node has no neighbour are left out. */
  readonly path: readonly Uint8Array[]
}

/** Throws RangeError where there is no such leaf. */
export function proveInclusion(leaves: readonly Uint8Array[], index: number): InclusionProof {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index}`)
  const path: Uint8Array[] = []
  const level = leaves.map(hashToText)
  let at = index
  for (let width = leaves.length; width > 1; width = rise(level, width)) {
    const neighbour = at ^ 1
    if (neighbour < width) path.push(Buffer.from(level[neighbour]!, 'latin1'))
    at >>= 1
  }
  return { index, size: leaves.length, path }
}

/** Whether `leaf` (its hash) stands at the proof's index under `root`. */
export function verifyInclusion(leaf: Uint8Array, proof: InclusionProof, root: Uint8Array): boolean {
  const { index, size, path } = proof
  if (!Number.isInteger(index) || !Number.isInteger(size) || index < 0 || index >= size) return false
  let node = hashToText(leaf)
  let at = index
  let used = 0
  for (let width = size; width > 1; width = (width + 1) >> 1) {
    const alone = at === width - 1 && at % 2 === 0
    if (!alone) {
      const neighbour = path[used]
      if (neighbour?.length !== hashBytes) return false
      used += 1
      const beside = hashToText(neighbour)
      node = at % 2 === 0 ? nodeText(node, beside) : nodeText(beside, node)
    }
    at >>= 1
  }
  return used === path.length && node === hashToText(root)
}
