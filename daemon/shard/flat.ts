/**
 * What travels between threads, laid flat: one run of numbers and one text for
 * a whole batch. The structured clone of 128 commands as nested objects costs
 * 8.5 us a command, that of the same in one array and one string 0.1; laying
 * flat and reading back costs less than one (bench: shard-port).
 *
 *   numbers  | 8 bytes each: ids, times, codes, lengths of texts ...       NaN: not given
 *   text     | all texts of the batch, one behind the other; bytes as characters below 256
 *
 * Both sides run the same code in one process, so that nothing here is a format for others.
 */

export interface Flat {
  readonly numbers: Float64Array<ArrayBuffer>
  readonly text: string
}

/** Numbers that a writer begins with: a few dozen commands. */
const firstNumbers = 2_048

/** Lays out one batch after the other. */
export class FlatWriter {
  #numbers = new Float64Array(firstNumbers)
  #count = 0
  #text = ''

  get isEmpty(): boolean {
    return this.#count === 0
  }

  number(value: number): void {
    if (this.#count === this.#numbers.length) this.#grow()
    this.#numbers[this.#count] = value
    this.#count += 1
  }

  /** Any number but NaN. */
  optional(value: number | undefined): void {
    this.number(value === undefined ? Number.NaN : value)
  }

  flag(value: boolean): void {
    this.number(value ? 1 : 0)
  }

  optionalFlag(value: boolean | undefined): void {
    this.number(value === undefined ? Number.NaN : value ? 1 : 0)
  }

  text(value: string): void {
    this.number(value.length)
    if (value !== '') this.#text += value
  }

  optionalText(value: string | undefined): void {
    if (value === undefined) this.number(Number.NaN)
    else this.text(value)
  }

  bytes(value: Uint8Array): void {
    const { length } = value
    this.number(length)
    if (length > 0) this.#text += Buffer.from(value.buffer, value.byteOffset, length).toString('latin1')
  }

  optionalBytes(value: Uint8Array | undefined): void {
    if (value === undefined) this.number(Number.NaN)
    else this.bytes(value)
  }

  /** What was written since the last time. */
  take(): Flat {
    const flat = { numbers: this.#numbers.slice(0, this.#count), text: this.#text }
    this.#count = 0
    this.#text = ''
    return flat
  }

  #grow(): void {
    const grown = new Float64Array(2 * this.#numbers.length)
    grown.set(this.#numbers)
    this.#numbers = grown
  }
}

/** Reads in the order of the writing. */
export class FlatReader {
  readonly #numbers: Float64Array
  readonly #text: string
  #at = 0
  #textAt = 0

  constructor({ numbers, text }: Flat) {
    this.#numbers = numbers
    this.#text = text
  }

  get hasMore(): boolean {
    return this.#at < this.#numbers.length
  }

  number(): number {
    const value = this.#numbers[this.#at]
    if (value === undefined) throw new RangeError('a batch ends within an item')
    this.#at += 1
    return value
  }

  optional(): number | undefined {
    const value = this.number()
    return Number.isNaN(value) ? undefined : value
  }

  flag(): boolean {
    return this.number() === 1
  }

  optionalFlag(): boolean | undefined {
    const value = this.number()
    return Number.isNaN(value) ? undefined : value === 1
  }

  text(): string {
    return this.#cut(this.number())
  }

  optionalText(): string | undefined {
    const length = this.number()
    return Number.isNaN(length) ? undefined : this.#cut(length)
  }

  bytes(): Uint8Array {
    return bytesOf(this.text())
  }

  optionalBytes(): Uint8Array | undefined {
    const text = this.optionalText()
    return text === undefined ? undefined : bytesOf(text)
  }

  /** As many items as the number says that comes first. */
  list<T>(read: (from: FlatReader) => T): readonly T[] {
    const length = this.number()
    if (length === 0) return noItems
    const items: T[] = []
    for (let left = length; left > 0; left -= 1) items.push(read(this))
    return items
  }

  #cut(length: number): string {
    if (length === 0) return ''
    const from = this.#textAt
    this.#textAt = from + length
    return this.#text.slice(from, from + length)
  }
}

const noItems: readonly never[] = []
const none = new Uint8Array(0)

function bytesOf(text: string): Uint8Array {
  return text === '' ? none : new Uint8Array(Buffer.from(text, 'latin1'))
}
