/**
 * Protobuf straight into bytes that grow, for the messages whose cost counts:
 * no object stands between what is written and its bytes. Fields are written as
 * proto3 and our generated code do, in the order of the calls: what has its
 * default value is left out.
 *
 * A message within a message is opened and closed. Room for its length is left
 * at the opening; where the length needs another number of bytes, what stands
 * behind it is moved.
 *
 *   | tag | length: 1 byte (open) or 2 (openWide) | fields ... |
 */

const varintType = 0
const doubleType = 1
const bytesType = 2
const half = 2 ** 32
/** Up to so many characters a loop of our own beats the call that encodes UTF-8. */
const loopChars = 48
/** The longest varint: 64 bits, 7 a byte. */
const varintBytesMax = 10

export class ProtoWriter {
  /** What has been written stands in the first `length` of them; another Buffer after growth. */
  bytes: Buffer
  length = 0
  #view: DataView

  /** @param capacity bytes to begin with, at least 1 */
  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
    this.#view = new DataView(this.bytes.buffer)
  }

  /** Starts anew in the same memory. */
  clear(): void {
    this.length = 0
  }

  /** A copy of what was written, in memory of its own. */
  copied(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.length)
    this.bytes.copy(copy, 0, 0, this.length)
    return copy
  }

  /** Leaves `count` bytes to be filled in later, whatever they hold; returns their place. */
  skip(count: number): number {
    this.room(count)
    const at = this.length
    this.length += count
    return at
  }

  /** Makes sure of `count` bytes behind what was written. */
  room(count: number): void {
    const wanted = this.length + count
    if (wanted <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.bytes.length))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  /** A whole number of the range of int64, for any of protobuf's varint types but sint. */
  integer(field: number, value: number): void {
    if (value === 0) return
    this.presentInteger(field, value)
  }

  /** As integer, but 0 is written too: an optional field that is there. */
  presentInteger(field: number, value: number): void {
    this.tag(field, varintType)
    this.varint(value)
  }

  flag(field: number, value: boolean): void {
    if (value) this.presentInteger(field, 1)
  }

  double(field: number, value: number): void {
    if (value === 0) return
    this.tag(field, doubleType)
    this.rawDouble(value)
  }

  text(field: number, value: string): void {
    if (value !== '') this.presentText(field, value)
  }

  /** As text, but an empty one is written too. */
  presentText(field: number, value: string): void {
    this.tag(field, bytesType)
    this.#text(value)
  }

  blob(field: number, value: Uint8Array): void {
    if (value.length !== 0) this.presentBlob(field, value)
  }

  /** As blob, but an empty one is written too. */
  presentBlob(field: number, value: Uint8Array): void {
    this.tag(field, bytesType)
    this.#blob(value)
  }

  /** A blob whose bytes are the characters of a text, each below 256; left out where it is empty. */
  latin1(field: number, value: string): void {
    const size = value.length
    if (size === 0) return
    this.tag(field, bytesType)
    this.varint(size)
    const at = this.skip(size)
    const { bytes } = this
    for (let i = 0; i < size; i += 1) bytes[at + i] = value.charCodeAt(i)
  }

  /** Begins a message of less than 128 bytes, most likely. @returns what `close` wants */
  open(field: number): number {
    this.tag(field, bytesType)
    return this.skip(1)
  }

  close(mark: number): void {
    this.#closeAt(mark, 1)
  }

  /** Begins a message of 128 to 16,383 bytes, most likely. @returns what `closeWide` wants */
  openWide(field: number): number {
    this.tag(field, bytesType)
    return this.skip(2)
  }

  closeWide(mark: number): void {
    this.#closeAt(mark, 2)
  }

  #closeAt(mark: number, left: number): void {
    const from = mark + left
    const size = this.length - from
    const { bytes } = this
    if (size < 0x80 && left === 1) {
      bytes[mark] = size
    } else if (size >= 0x80 && size < 0x4000 && left === 2) {
      bytes[mark] = (size & 0x7f) | 0x80
      bytes[mark + 1] = size >>> 7
    } else {
      const needed = varintBytes(size)
      this.room(varintBytesMax)
      this.bytes.copyWithin(mark + needed, from, this.length)
      this.length = mark
      this.varint(size)
      this.length += size
    }
  }

  /** @param type the wire type, 0 to 5 */
  tag(field: number, type: number): void {
    const tag = (field << 3) | type
    this.room(varintBytesMax)
    if (tag < 0x80) {
      this.bytes[this.length] = tag
      this.length += 1
    } else {
      this.varint(tag)
    }
  }

  /** A whole number of the range of int64, without a tag; a negative one takes ten bytes. */
  varint(value: number): void {
    this.room(varintBytesMax)
    const { bytes } = this
    let at = this.length
    let low = value >>> 0
    if (low !== value) {
      let high = Math.floor(value / half) >>> 0
      while (high !== 0) {
        bytes[at] = (low & 0x7f) | 0x80
        low = ((low >>> 7) | (high << 25)) >>> 0
        high >>>= 7
        at += 1
      }
    }
    while (low > 0x7f) {
      bytes[at] = (low & 0x7f) | 0x80
      low >>>= 7
      at += 1
    }
    bytes[at] = low
    this.length = at + 1
  }

  /** Eight bytes, without a tag. */
  rawDouble(value: number): void {
    this.room(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  /** Length and UTF-8, without a tag. */
  #text(value: string): void {
    const chars = value.length
    this.room(3 * chars + varintBytesMax)
    if (chars <= loopChars && this.#ascii(value, chars)) return
    const size = Buffer.byteLength(value)
    this.varint(size)
    this.length += this.bytes.write(value, this.length, size, 'utf8')
  }

  /** Writes text that is ASCII; else nothing that counts, and false. */
  #ascii(value: string, chars: number): boolean {
    const { bytes } = this
    const start = this.length + 1
    for (let i = 0; i < chars; i += 1) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      bytes[start + i] = code
    }
    bytes[start - 1] = chars
    this.length = start + chars
    return true
  }

  /** Length and bytes, without a tag. */
  #blob(value: Uint8Array): void {
    this.room(value.length + varintBytesMax)
    this.varint(value.length)
    this.bytes.set(value, this.length)
    this.length += value.length
  }
}

function varintBytes(size: number): number {
  let count = 1
  for (let rest = size >>> 7; rest !== 0; rest >>>= 7) count += 1
  return count
}
