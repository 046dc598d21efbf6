/** A trace from the bytes of a file, as they come. */
import { planLimits } from './limits.js'
import { type Trace, TraceBuilder } from './trace.js'
import { type LineFault, readHeader, readLine, type TraceColumns } from './trace-line.js'

/** The trace, or what is wrong with it: sentences that name line and field. */
export type ReadTrace = { readonly trace: Trace } | { readonly faults: readonly string[] }

const byteOrderMark = '\uFEFF'

/** Reads everything, however many faults there are; at most planLimits.faultsNamed of them are told. */
export async function readTrace(chunks: AsyncIterable<Uint8Array>): Promise<ReadTrace> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const lines = new LineReader()
  let rest = ''
  const take = (text: string, isEnd: boolean) => {
    const cut = (rest + text).split('\n')
    rest = isEnd ? '' : cut.pop()!
    if (isEnd && cut.at(-1) === '') cut.pop()
    for (const line of cut) if (!lines.read(line)) return false
    return rest.length <= planLimits.lineChars || lines.read(rest)
  }
  try {
    for await (const chunk of chunks) if (!take(decoder.decode(chunk, { stream: true }), false)) return lines.result()
    take(decoder.decode(), true)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    lines.unreadable()
  }
  return lines.result()
}

class LineReader {
  readonly #builder = new TraceBuilder()
  readonly #faults: string[] = []
  #columns: TraceColumns | undefined
  #line = 0
  #more = 0

  /** False when it is of no use to read on. */
  read(line: string): boolean {
    this.#line += 1
    if (line.length > planLimits.lineChars) {
      return this.fault({ field: undefined, fault: `longer than ${planLimits.lineChars} characters` })
    }
    const text = this.#line === 1 && line.startsWith(byteOrderMark) ? line.slice(1) : line
    if (text.trim() === '') return true
    if (this.#columns === undefined) return this.#header(text)
    const read = readLine(this.#columns, text)
    if ('fault' in read) {
      this.fault(read)
      return true
    }
    if (this.#faults.length > 0) return true
    try {
      this.#builder.add(read)
      return true
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return this.fault({ field: undefined, fault: error.message })
    }
  }

  /** Always false, for what ends the reading. */
  fault({ field, fault }: LineFault): false {
    const where = field === undefined ? `line ${this.#line}` : `line ${this.#line}: ${field}`
    if (this.#faults.length < planLimits.faultsNamed) this.#faults.push(`${where}: ${fault}`)
    else this.#more += 1
    return false
  }

  /** Somewhere in the bytes behind the last line. */
  unreadable(): void {
    this.#faults.push(`after line ${this.#line}: this is not UTF-8 text`)
  }

  result(): ReadTrace {
    if (this.#faults.length === 0 && this.#builder.bookings === 0) return { faults: ['there is no booking in it'] }
    if (this.#faults.length === 0) return { trace: this.#builder.build() }
    return { faults: this.#more === 0 ? this.#faults : [...this.#faults, `and ${this.#more} more`] }
  }

  #header(line: string): boolean {
    const columns = readHeader(line)
    if ('fault' in columns) return this.fault(columns)
    this.#columns = columns
    return true
  }
}
