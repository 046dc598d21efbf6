/** Flags of a measuring script: numbers alone, each with its default. */
import { parseArgs } from 'node:util'

/** @throws for a flag that is not there, or a value that is not a whole number */
export function numbersFrom<Name extends string>(defaults: Readonly<Record<Name, number>>): Record<Name, number> {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ options, strict: true })
  const chosen: Record<Name, number> = { ...defaults }
  for (const [name, text] of Object.entries(values)) {
    const value = Number(text)
    if (!Number.isInteger(value) || value < 0) throw new Error(`--${name}: a whole number is wanted`)
    chosen[name as Name] = value
  }
  return chosen
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** (greatest - least) / median: what the machine's noise was. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values)
}
