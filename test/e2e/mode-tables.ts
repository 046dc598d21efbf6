/** The tables of docs/modes.md as data: the page is what the tests ask the daemon. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One row, by the heads of its columns. */
export type Cells = Readonly<Record<string, string>>

export interface Chapter {
  readonly title: string
  /** What the line "Asked for" says; empty where there is none. */
  readonly asked: Readonly<Record<string, string>>
  /** Of all tables of the chapter that have a column `outcome`. */
  readonly rows: readonly Cells[]
}

const page = join(import.meta.dirname, '../../docs/modes.md')

/** Every heading with the rows beneath it, in order. */
export function readChapters(): Chapter[] {
  const parts = readFileSync(page, 'utf8').split(/^#{2,3} /m)
  return parts.slice(1).map((text) => {
    const [title, ...lines] = text.split('\n')
    return { title: title!.trim(), asked: asked(text), rows: rows(lines) }
  })
}

/** The names in a cell: "A, B" are two. */
export function listed(cell: string): string[] {
  return cell === '' ? [] : cell.split(',').map((one) => one.trim())
}

function asked(text: string): Record<string, string> {
  const options = /^Asked for: `(.+)`$/m.exec(text)?.[1]
  return Object.fromEntries(
    listed(options ?? '').map((option) => [word(option, 0), option.slice(word(option, 0).length + 1)]),
  )
}

function word(text: string, index: number): string {
  return text.split(' ')[index]!
}

function rows(lines: readonly string[]): Cells[] {
  const found: Cells[] = []
  let heads: readonly string[] = []
  for (const line of lines) {
    if (!line.startsWith('|')) heads = []
    else if (heads.length === 0) heads = cells(line)
    else if (!line.startsWith('| ---') && heads.includes('outcome')) {
      const values = cells(line)
      if (values.length !== heads.length) throw new Error(`docs/modes.md: ${values.length} cells in: ${line}`)
      found.push(Object.fromEntries(heads.map((head, i) => [head, values[i]!])))
    }
  }
  return found
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}
