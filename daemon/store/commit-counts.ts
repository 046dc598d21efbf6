/**
 * How often each shard's environment has committed, in memory that all threads
 * share. A writer counts after the commit and before anybody is told of it; a
 * reader renews its snapshot where the count has moved since it last looked. So
 * nothing acknowledged is missed (I6), and where nothing was written nothing is
 * renewed: a renewal takes a timer of lmdb-js and a new snapshot of LMDB, about a
 * microsecond together, which every single call would pay.
 */

/** Counts of two shards lie on cache lines of their own. */
const wordsPerShard = 16

export class CommitCounts {
  /** Hand it to other threads. */
  readonly memory: SharedArrayBuffer
  readonly #words: Uint32Array

  /** @param of shards that have not been written to yet: how many; else the memory of those that have */
  constructor(of: number | SharedArrayBuffer) {
    this.memory = typeof of === 'number' ? new SharedArrayBuffer(of * wordsPerShard * 4) : of
    this.#words = new Uint32Array(this.memory)
  }

  /** Read it before the snapshot is renewed. It runs over at 2^32: only whether it differs says anything. */
  of(shard: number): number {
    return Atomics.load(this.#words, shard * wordsPerShard)
  }

  /** The writer's alone. */
  count(shard: number): void {
    Atomics.add(this.#words, shard * wordsPerShard, 1)
  }
}
