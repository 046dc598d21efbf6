import type { Database } from 'lmdb'

/** A named LMDB database with bytes for keys and bytes for values. */
export type BinaryDatabase = Database<Uint8Array, Uint8Array>
