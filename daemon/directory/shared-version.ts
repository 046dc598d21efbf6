/**
 * The directory's version in memory that all threads share: the number of its
 * last page, and the versions at which tenants or pools, and numbers that can be
 * seen, last changed. The writer publishes after the commit and before the
 * answer; a reader that compares before every batch misses nothing (I6).
 *
 *   word 0  version     word 1  tenants and pools     word 2  numbers
 *
 * Words 1 and 2 are written first, so that whoever sees a version sees them too.
 */
import assert from 'node:assert'

const words = 3
const versionMax = 2 ** 32 - 1

export interface Changed {
  readonly entities: boolean
  readonly numbers: boolean
}

export class SharedVersion {
  /** Hand it to other threads. */
  readonly buffer: SharedArrayBuffer
  readonly #words: Uint32Array

  constructor(buffer = new SharedArrayBuffer(words * Uint32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#words = new Uint32Array(buffer)
  }

  get version(): number {
    return Atomics.load(this.#words, 0)
  }

  get entitiesVersion(): number {
    return Atomics.load(this.#words, 1)
  }

  get numbersVersion(): number {
    return Atomics.load(this.#words, 2)
  }

  /** The writer's alone. */
  publish(version: number, changed: Changed): void {
    assert(version <= versionMax, 'the directory has had 2^32 commits')
    if (changed.entities) Atomics.store(this.#words, 1, version)
    if (changed.numbers) Atomics.store(this.#words, 2, version)
    Atomics.store(this.#words, 0, version)
  }
}
