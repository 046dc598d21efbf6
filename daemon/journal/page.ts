/**
 * A page: what one commit adds to a journal.
 *
 *   page hash = H(header fields, previous hash, Merkle root of the leaves)
 *   leaf      = H(0x00, salt, event)       node = H(0x01, left, right)
 *
 * The random salt beside each event lets one event be shown later without
 * revealing its neighbours.
 */

export interface JournalEntry {
  /** 16 random bytes. */
  readonly salt: Uint8Array
  /** The encoded event. */
  readonly event: Uint8Array
}

export interface Page {
  /** Counts from 1. */
  readonly seq: number
  readonly epoch: number
  /** The process clock at the decision, unix ms; never falls within a journal. */
  readonly nowMs: number
  /** Version of the directory that the decisions of this page stand on; 0 in the directory's own journal. */
  readonly directoryVersion: number
  readonly previousHash: Uint8Array
  /** Root of the Merkle tree over the leaves of the entries; 32 zero bytes without entries. */
  readonly root: Uint8Array
  readonly entries: readonly JournalEntry[]
  /**
   * A checkpoint page closes a run of pages: the Merkle root over the hashes
   * of pages fromSeq..seq-1, so that a proof from any of them is short.
   */
  readonly checkpoint: { readonly fromSeq: number; readonly root: Uint8Array } | undefined
}
