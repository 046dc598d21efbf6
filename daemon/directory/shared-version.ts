/**
 * The directory's version in memory that all threads share: the number of its
 * last page, and the versions at which tenants or pools, and numbers that can be
 * seen, last changed. The writer publishes after the commit and before the
 * answer; a reader that compares before every batch misses nothing (I6).
 *
 *   word 0  version     word 1  tenants and pools     word 2  numbers     from byte 64 on  the filter of bans
 *
 * All else is written before word 0, so that whoever sees a version sees it too.
 */
import assert from 'node:assert'
import { BanFilter, banFilterCells } from './ban-filter.js'

const words = 3
/** The filter begins on a cache line of its own. */
const filterAt = 64
const versionMax = 2 ** 32 - 1

export interface Changed {
  readonly entities: boolean
  readonly numbers: boolean
}

export class SharedVersion {
  /** Hand it to other threads. */
  readonly buffer: SharedArrayBuffer
  readonly bans: BanFilter
  readonly #words: Uint32Array

  constructor(buffer = new SharedArrayBuffer(filterAt + banFilterCells)) {
    this.buffer = buffer
    this.#words = new Uint32Array(buffer, 0, words)
    this.bans = new BanFilter(new Uint8Array(buffer, filterAt, banFilterCells))
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
