/**
 * Where to look for a request id of the last 24 hours: from its hash to the
 * bindings that it may have made. It is derived from the binding rows, which
 * hold the ids themselves, and is built anew at a start; a candidate counts only
 * once its row has been read and names the same id.
 *
 * Ids arrive at random, so a row for each would be one more page in every
 * commit (docs/adr/0015). Here an id takes 8 bytes at a load of at most a half.
 * The table is a list of segments, filled one after the other: nothing is ever
 * hashed anew, and those whose ids are all too old are dropped whole.
 */
import type { PoolId, Seq, TenantId } from '../core/binding.js'
import { limits } from '../core/limits.js'

/** Ids of the first segment; each next one holds as many as all before it, up to the largest. */
const segmentIds = { least: 4_096, most: 1 << 20 } as const
const slotsPerId = 2
const low32 = 2 ** 32

/** Which binding an id has made, and when, unix ms. */
interface Made {
  readonly tenant: TenantId
  readonly pool: PoolId
  readonly seq: Seq
  readonly madeMs: number
}

interface Segment {
  readonly mask: number
  readonly capacity: number
  /** Of the id in the slot, never 0; 0 where there is none. */
  readonly hashes: Uint32Array
  /** Its binding, modulo 2^32. */
  readonly seqs: Uint32Array
  size: number
  /** The greatest of them, so that the rest of a number is known by its distance. */
  topSeq: Seq
  newestMs: number
}

/** Belongs to the thread that writes the shard. */
export class RecentRequests {
  /** So that nobody can choose ids that all fall on one place. */
  readonly #seed: number
  #segments: Segment[] = []
  #place = 0
  #hash = 0

  /** @param seed any 32 bits that clients cannot know */
  constructor(seed: number) {
    this.#seed = seed
  }

  get size(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0)
  }

  clear(): void {
    this.#segments = []
  }

  /** @param madeMs when the id became known, unix ms */
  add(tenant: TenantId, pool: PoolId, id: string, seq: Seq, madeMs: number): void {
    this.#hashOf(tenant, pool, id)
    this.#add(seq, madeMs)
  }

  /** As `add`, for an id that lies in a row as bytes; false, and nothing done, where one of them is not ASCII. */
  addAscii(made: Made, row: Uint8Array, from: number, to: number): boolean {
    const { tenant, pool, seq, madeMs } = made
    this.#beginHash(tenant, pool)
    for (let i = from; i < to; i += 1) {
      const byte = row[i]!
      if (byte > 0x7f) return false
      this.#hashUnit(byte)
    }
    this.#endHash()
    this.#add(seq, madeMs)
    return true
  }

  #add(seq: Seq, madeMs: number): void {
    const segment = this.#open(seq)
    let slot = this.#place & segment.mask
    while (segment.hashes[slot] !== 0) slot = (slot + 1) & segment.mask
    segment.hashes[slot] = this.#hash
    segment.seqs[slot] = seq
    segment.size += 1
    segment.topSeq = Math.max(segment.topSeq, seq)
    segment.newestMs = Math.max(segment.newestMs, madeMs)
  }

  /** The first of the candidates, newest segments first, for which `isIt` gives something. */
  find<T>(tenant: TenantId, pool: PoolId, id: string, isIt: (seq: Seq) => T | undefined): T | undefined {
    this.#hashOf(tenant, pool, id)
    const [place, hash] = [this.#place, this.#hash]
    for (let i = this.#segments.length - 1; i >= 0; i -= 1) {
      const { mask, hashes, seqs, topSeq } = this.#segments[i]!
      for (let slot = place & mask; hashes[slot] !== 0; slot = (slot + 1) & mask) {
        if (hashes[slot] !== hash) continue
        const found = isIt(topSeq - ((topSeq - seqs[slot]!) % low32))
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  /** Drops what no replay may ask for any more. */
  dropOld(nowMs: number): void {
    const kept = this.#segments.filter(({ newestMs }) => newestMs + limits.requestKeptMs > nowMs)
    if (kept.length < this.#segments.length) this.#segments = kept
  }

  #open(seq: Seq): Segment {
    const last = this.#segments.at(-1)
    // Numbers that lie further apart could not be told from their low halves.
    if (last !== undefined && last.size < last.capacity && Math.abs(last.topSeq - seq) < low32 / 2) return last
    const capacity = Math.min(segmentIds.most, Math.max(segmentIds.least, roundedUp(this.size)))
    const slots = capacity * slotsPerId
    const segment = {
      mask: slots - 1,
      capacity,
      hashes: new Uint32Array(slots),
      seqs: new Uint32Array(slots),
      size: 0,
      topSeq: seq,
      newestMs: 0,
    }
    this.#segments.push(segment)
    return segment
  }

  /** Two hashes of 32 bits, one for the place and one to tell ids on it apart. */
  #hashOf(tenant: TenantId, pool: PoolId, id: string): void {
    this.#beginHash(tenant, pool)
    for (let i = 0; i < id.length; i += 1) this.#hashUnit(id.charCodeAt(i))
    this.#endHash()
  }

  #beginHash(tenant: TenantId, pool: PoolId): void {
    this.#place = Math.imul(this.#seed ^ tenant, 0x9e3779b1) ^ pool
    this.#hash = Math.imul(this.#seed ^ pool, 0x85ebca6b) ^ tenant
  }

  #hashUnit(unit: number): void {
    const a = Math.imul(this.#place ^ unit, 0x01000193)
    const b = this.#hash
    this.#place = a ^ (a >>> 15)
    this.#hash = Math.imul((b << 5) ^ (b >>> 27) ^ unit, 0xcc9e2d51)
  }

  #endHash(): void {
    this.#place = mixed(this.#place)
    this.#hash = mixed(this.#hash) >>> 0 || 1
  }
}

function mixed(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function roundedUp(count: number): number {
  return count <= 1 ? 1 : 2 ** Math.ceil(Math.log2(count))
}
