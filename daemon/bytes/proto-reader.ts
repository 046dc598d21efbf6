/**
 * Protobuf from bytes, field by field, for the rows whose cost counts: the
 * counterpart of ProtoWriter. It makes no objects and no views; whoever reads
 * decides what becomes of a field.
 *
 *   while (from.next()) switch (from.field) ... else from.skip()
 */

const bytesType = 2
/** Up to so many bytes a loop of our own beats the call that decodes UTF-8. */
const loopBytes = 48
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Throws RangeError and TypeError for bytes that are no protobuf. */
export class ProtoReader {
  /** Of the field that `next` has come to. */
  field = 0
  /** Its wire type. */
  type = 0
  /** Where the next byte is read. */
  at: number
  /** Where the message ends. */
  end: number
  readonly bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.at = 0
    this.end = bytes.length
  }

  /** Goes to the next field of the message; false at its end. */
  next(): boolean {
    if (this.at >= this.end) {
      if (this.at > this.end) throw new RangeError('a field ends behind its message')
      return false
    }
    const tag = this.integer()
    this.field = tag >>> 3
    this.type = tag & 7
    return true
  }

  /** A whole number below 2^32. */
  integer(): number {
    const { bytes } = this
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte(bytes)
      if (shift === 28 && byte > 0x0f) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new RangeError('a number of more than 32 bits')
  }

  #byte(bytes: Uint8Array): number {
    if (this.at >= this.end) throw new RangeError('a message ends within a field')
    const byte = bytes[this.at]!
    this.at += 1
    return byte
  }

  flag(): boolean {
    return this.integer() !== 0
  }

  double(): number {
    const at = this.#take(8)
    return this.#view.getFloat64(at, true)
  }

  text(): string {
    const length = this.enter()
    const from = this.#take(length)
    const { bytes } = this
    if (length > loopBytes) return strict.decode(bytes.subarray(from, from + length))
    const codes: number[] = []
    for (let i = from; i < from + length; i += 1) {
      const byte = bytes[i]!
      if (byte > 0x7f) return strict.decode(bytes.subarray(from, from + length))
      codes.push(byte)
    }
    return String.fromCharCode.apply(undefined, codes)
  }

  /** Comes to the content of a field of bytes; returns its length, and `at` is where it begins. */
  enter(): number {
    if (this.type !== bytesType) throw new RangeError('a message of another type')
    const length = this.integer()
    if (length > this.end - this.at) throw new RangeError('a field ends behind its message')
    return length
  }

  /** Comes into a message within the message; returns the end of the outer one, to be set again behind it. */
  begin(): number {
    const length = this.enter()
    const outer = this.end
    this.end = this.at + length
    return outer
  }

  /** A copy of a field of bytes. */
  copied(): Buffer {
    const length = this.enter()
    const from = this.#take(length)
    return Buffer.from(this.bytes.subarray(from, from + length))
  }

  /** A field of bytes as text, a character for each. */
  latin1(): string {
    const length = this.enter()
    const from = this.#take(length)
    const { bytes } = this
    const codes: number[] = []
    for (let i = from; i < from + length; i += 1) codes.push(bytes[i]!)
    return String.fromCharCode.apply(undefined, codes)
  }

  /** Passes over `length` bytes; returns where they begin. */
  #take(length: number): number {
    const from = this.at
    if (length > this.end - from) throw new RangeError('a message ends within a field')
    this.at = from + length
    return from
  }

  /** Passes over the field that `next` has come to. */
  skip(): void {
    switch (this.type) {
      case 0:
        while (this.#byte(this.bytes) >= 0x80);
        break
      case 1:
        this.#take(8)
        break
      case bytesType:
        this.#take(this.integer())
        break
      case 5:
        this.#take(4)
        break
      default:
        throw new RangeError(`a field of wire type ${this.type}`)
    }
  }
}
