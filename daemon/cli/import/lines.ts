/** The lines of a text file, in batches as they are read: one at a time would cost a turn of the event loop each. */

import type { Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { UsageError } from '../exit-code.js'

/** Bytes read at once. */
const chunkBytes = 64 * 1024
/** A longer line means that this is no CSV file of numbers, characters. */
const lineCharsMax = 4_096
const byteOrderMark = '\uFEFF'

export interface Batch {
  readonly lines: readonly string[]
  /** Of the first of them, counted from 1. */
  readonly firstLine: number
  /** Read so far, for a progress bar. */
  readonly bytes: number
}

/**
 * Lines without their ends (LF or CRLF) and without a byte order mark.
 * @param hash takes up every byte, so that a second reading can be compared
 * @throws UsageError when the file cannot be read or is no UTF-8 text of short lines
 */
export async function* readLines(path: string, hash: Hash): AsyncGenerator<Batch, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let rest = ''
  let firstLine = 1
  let bytes = 0
  const decode = (chunk?: Buffer) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined })
    } catch {
      throw new UsageError(`${path}: after line ${firstLine}: this is not UTF-8 text`)
    }
  }
  const cut = (text: string, isEnd: boolean): Batch => {
    const whole = rest + text
    const marked = firstLine === 1 && whole.startsWith(byteOrderMark)
    const lines = (marked ? whole.slice(1) : whole).split('\n')
    rest = isEnd ? '' : lines.pop()!
    if (isEnd && lines.at(-1) === '') lines.pop()
    const long = lines.findIndex((line) => line.length > lineCharsMax)
    if (long >= 0 || rest.length > lineCharsMax) {
      const line = firstLine + (long >= 0 ? long : lines.length)
      throw new UsageError(`${path}: line ${line} is longer than ${lineCharsMax} characters`)
    }
    const batch = { lines: lines.map(withoutReturn), firstLine, bytes }
    firstLine += lines.length
    return batch
  }
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
      yield cut(decode(chunk), false)
    }
  } catch (error) {
    throw readFault(path, error)
  }
  yield cut(decode(), true)
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function readFault(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new UsageError(`${path}: there is no such file`)
  if (code === 'EISDIR') return new UsageError(`${path}: this is a folder`)
  if (code === 'EACCES') return new UsageError(`${path}: it may not be read`)
  return error
}
