/**
 * The numbers of one AddNumbers request, made ready to be written: canonical,
 * blocks expanded, ascending, none twice. Pure and without any I/O, so that a
 * job thread can do it: 50,000 numbers take some 100 ms.
 */
import type { Digits } from '../core/binding.js'
import { canonicalNumber, type NumberRule } from '../core/canonical-number.js'
import { limits } from '../core/limits.js'
import { numberKeyBytes, packNumbers, readDigits } from '../store/directory-number-key.js'
import type { Block } from './commands.js'
import { type DirectoryRefusal, isRefusal, refuse } from './refusal.js'

export interface NumbersAsked {
  readonly blocks: readonly Block[]
  readonly numbers: readonly string[]
}

export interface PreparedNumbers {
  readonly ok: true
  /** Packed as directory-number-key.ts says, ascending, none twice. */
  readonly keys: Uint8Array
}

/** How many numbers are asked for; cheap, and never negative. */
export function askedCount(asked: NumbersAsked): number {
  return asked.blocks.reduce((sum, { count }) => sum + (count > 0 ? count : 0), asked.numbers.length)
}

/** Refuses INVALID_NUMBER, INVALID_OPTION, TOO_MANY, and NUMBER_EXISTS for a number that is there twice. */
export function prepareNumbers(asked: NumbersAsked, rules: readonly NumberRule[]): PreparedNumbers | DirectoryRefusal {
  const named = namedNumbers(asked, rules)
  if (isRefusal(named)) return named
  const keys = packNumbers(named)
  return repeatFault(keys) ?? { ok: true, keys }
}

/** Canonical, ascending, blocks expanded; what is named twice is there twice. Refuses INVALID_NUMBER, INVALID_OPTION, TOO_MANY. */
export function namedNumbers(asked: NumbersAsked, rules: readonly NumberRule[]): readonly Digits[] | DirectoryRefusal {
  const many = countFault(asked)
  if (many !== undefined) return many
  const byLength: string[][] = []
  for (let i = 0; i < asked.numbers.length; i += 1) {
    const digits = canonicalNumber(asked.numbers[i]!, rules)
    if (digits === undefined) {
      return refuse('INVALID_NUMBER', `numbers[${i}] is not 3 to 20 digits`, `numbers[${i}]`)
    }
    listFor(byLength, digits.length).push(digits)
  }
  for (let i = 0; i < asked.blocks.length; i += 1) {
    const fault = expandBlock(asked.blocks[i]!, `blocks[${i}]`, rules, byLength)
    if (fault !== undefined) return fault
  }
  // Equal lengths sort as text; shorter numbers stand first.
  return byLength.flatMap((list) => list.sort())
}

/** The numbers of one block in order, or what is wrong with it. */
export function blockNumbers(
  block: Block,
  field: string,
  rules: readonly NumberRule[],
): readonly string[] | DirectoryRefusal {
  const byLength: string[][] = []
  const fault = blockCountFault(block, field) ?? expandBlock(block, field, rules, byLength)
  return fault ?? byLength.flat()
}

function countFault(asked: NumbersAsked): DirectoryRefusal | undefined {
  const max = limits.numbersPerRequest
  for (let i = 0; i < asked.blocks.length; i += 1) {
    const fault = blockCountFault(asked.blocks[i]!, `blocks[${i}]`)
    if (fault !== undefined) return fault
  }
  const count = askedCount(asked)
  if (count <= max) return undefined
  const field = asked.numbers.length > max ? 'numbers' : 'blocks'
  return refuse('TOO_MANY', `${count} numbers in one request; at most ${max}`, field)
}

function blockCountFault(block: Block, field: string): DirectoryRefusal | undefined {
  const { count } = block
  const max = limits.numbersPerRequest
  if (!Number.isSafeInteger(count) || count < 1) {
    return refuse('INVALID_OPTION', `${field}.count must be a whole number from 1 to ${max}`, `${field}.count`)
  }
  if (count > max) return refuse('TOO_MANY', `${field}.count is ${count}; at most ${max}`, `${field}.count`)
  return undefined
}

function expandBlock(
  block: Block,
  field: string,
  rules: readonly NumberRule[],
  byLength: string[][],
): DirectoryRefusal | undefined {
  const first = canonicalNumber(block.first, rules)
  if (first === undefined) return refuse('INVALID_NUMBER', `${field}.first is not 3 to 20 digits`, `${field}.first`)
  const { length } = first
  const from = BigInt(first)
  const last = (from + BigInt(block.count - 1)).toString()
  if (last.length > length) {
    const message = `${field} runs past the last number of ${length} digits`
    return refuse('INVALID_NUMBER', message, `${field}.count`)
  }
  const list = listFor(byLength, length)
  for (let i = 0; i < block.count; i += 1) list.push((from + BigInt(i)).toString().padStart(length, '0'))
  return undefined
}

function listFor(byLength: string[][], length: number): string[] {
  while (byLength.length <= length) byLength.push([])
  return byLength[length]!
}

function repeatFault(keys: Uint8Array): DirectoryRefusal | undefined {
  for (let at = numberKeyBytes; at < keys.byteLength; at += numberKeyBytes) {
    const before = keys.subarray(at - numberKeyBytes, at)
    if (Buffer.compare(before, keys.subarray(at, at + numberKeyBytes)) !== 0) continue
    const number = readDigits(keys, at)
    return refuse('NUMBER_EXISTS', `number ${number} stands twice in the request`, 'numbers', { number })
  }
  return undefined
}
