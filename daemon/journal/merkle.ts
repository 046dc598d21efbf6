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

/** The root of a tree without leaves, and the hash of the page before the first. */
export const zeroHash: Uint8Array = new Uint8Array(hashBytes)

/** SHA-256 in one call: `createHash` costs several times as much for short inputs. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

/** @param salt 16 bytes, so that the border between salt and event is not in doubt */
export function leafHash(salt: Uint8Array, event: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(1 + salt.length + event.length)
  input[0] = leafPrefix
  input.set(salt, 1)
  input.set(event, 1 + salt.length)
  return sha256(input)
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1)
  nodeInput.set(right, 1 + hashBytes)
  return sha256(nodeInput)
}

/** The root over hashes of leaves; zeroHash for none. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves
  while (level.length > 1) level = parents(level)
  return level[0] ?? zeroHash
}

/** A last node without a neighbour moves up as it is: level by level this gives RFC 6962's shape. */
function parents(level: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = []
  for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(level[i]!, level[i + 1]!))
  if (level.length % 2 === 1) above.push(level.at(-1)!)
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
  let level = leaves
  let at = index
  while (level.length > 1) {
    const neighbour = level[at ^ 1]
    if (neighbour !== undefined) path.push(neighbour)
    level = parents(level)
    at >>= 1
  }
  return { index, size: leaves.length, path }
}

/** Whether `leaf` (its hash) stands at the proof's index under `root`. */
export function verifyInclusion(leaf: Uint8Array, proof: InclusionProof, root: Uint8Array): boolean {
  const { index, size, path } = proof
  if (!Number.isInteger(index) || !Number.isInteger(size) || index < 0 || index >= size) return false
  let node = leaf
  let at = index
  let used = 0
  for (let width = size; width > 1; width = (width + 1) >> 1) {
    const alone = at === width - 1 && at % 2 === 0
    if (!alone) {
      const neighbour = path[used]
      if (neighbour?.length !== hashBytes) return false
      used += 1
      node = at % 2 === 0 ? nodeHash(node, neighbour) : nodeHash(neighbour, node)
    }
    at >>= 1
  }
  return used === path.length && Buffer.compare(node, root) === 0
}
