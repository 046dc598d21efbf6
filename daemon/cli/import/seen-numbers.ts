/**
 * The numbers of a file with the line of each, to find one that stands there
 * twice. A table of typed arrays with open addressing: 20 B a slot, at most
 * half of them taken, where a Map of strings costs some 150 B a number and
 * ends at 16.7 million.
 *
 *   slot:  high (float64)  low (float64)  line (uint32, 0: empty)
 *          '1' + digits, all but the last 10 | the last 10 digits
 *
 * The '1' in front keeps leading zeros apart: 0138 and 138 are two numbers.
 */
const slotsAtFirst = 1 << 12
const lowDigits = 10

export class SeenNumbers {
  #high = new Float64Array(slotsAtFirst)
  #low = new Float64Array(slotsAtFirst)
  #line = new Uint32Array(slotsAtFirst)
  #count = 0

  get size(): number {
    return this.#count
  }

  /**
   * Remembers a number, or tells the line on which it was before.
   * @param digits 3 to 20 decimal digits
   * @param line 1 to 2^32 - 1
   */
  add(digits: string, line: number): number | undefined {
    const cut = Math.max(0, digits.length - lowDigits)
    const high = Number(`1${digits.slice(0, cut)}`)
    // Fewer digits than the low part holds: their own '1' stands in front of them.
    const low = cut > 0 ? Number(digits.slice(cut)) : Number(`1${digits}`)
    const slot = this.#slotOf(high, low)
    const before = this.#line[slot]!
    if (before !== 0) return before
    this.#put(slot, high, low, line)
    this.#count++
    if (this.#count * 2 > this.#line.length) this.#grow()
    return undefined
  }

  #slotOf(high: number, low: number): number {
    const mask = this.#line.length - 1
    let slot = hashOf(high, low) & mask
    while (this.#line[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) slot = (slot + 1) & mask
    return slot
  }

  #put(slot: number, high: number, low: number, line: number): void {
    this.#high[slot] = high
    this.#low[slot] = low
    this.#line[slot] = line
  }

  #grow(): void {
    const [high, low, line] = [this.#high, this.#low, this.#line]
    this.#high = new Float64Array(high.length * 2)
    this.#low = new Float64Array(high.length * 2)
    this.#line = new Uint32Array(high.length * 2)
    for (let i = 0; i < line.length; i++) {
      if (line[i] !== 0) this.#put(this.#slotOf(high[i]!, low[i]!), high[i]!, low[i]!, line[i]!)
    }
  }
}

/** Numbers in a row must not end up in slots in a row with gaps of one size: multiply and fold the high bits down. */
function hashOf(high: number, low: number): number {
  let hash = Math.imul(low | 0, 0x9e3779b1) ^ Math.imul((low / 0x1_0000_0000) | 0, 0x85ebca6b)
  hash = Math.imul(hash ^ (high | 0) ^ ((high / 0x1_0000_0000) | 0), 0xc2b2ae35)
  return hash ^ (hash >>> 15)
}
