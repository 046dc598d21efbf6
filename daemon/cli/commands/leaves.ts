/**
 * Settings that an update may change or clear. Without --clear the leaves that
 * are given change; with it the request names in a mask all that it means, and
 * what the mask names and the message leaves out goes back to its default.
 */
import { Option } from 'commander'
import { UsageError } from '../exit-code.js'

export interface Leaf {
  readonly option: Option
  /** Where it stands in the message, as a field mask writes it. */
  readonly path: string
}

/** Values by the attribute name of their option. */
export type LeafValues = Readonly<Record<string, unknown>>

export function clearOption(leaves: readonly Leaf[]): Option {
  const names = leaves.filter(isClearable).map(nameOf)
  return new Option('--clear <setting...>', `back to the default: ${names.join(', ')}`)
}

/**
 * The mask of an update, or undefined when nothing is cleared.
 * @throws UsageError for an unknown setting, or one that is both cleared and given
 */
export function maskOf(leaves: readonly Leaf[], values: LeafValues): string[] | undefined {
  const cleared = (values['clear'] as string[] | undefined) ?? []
  if (cleared.length === 0) return undefined
  const given = leaves.filter((leaf) => isGiven(leaf, values))
  const clearedLeaves = cleared.map((name) => {
    const leaf = leaves.find((candidate) => isClearable(candidate) && nameOf(candidate) === name)
    if (leaf === undefined) throw new UsageError(`--clear ${name}: there is no such setting that can be cleared`)
    if (given.includes(leaf)) throw new UsageError(`--clear ${name}: the same setting is given a value`)
    return leaf
  })
  return [...new Set([...given, ...clearedLeaves].map((leaf) => leaf.path))]
}

/** @throws UsageError when an update changes nothing */
export function requireChange(leaves: readonly Leaf[], values: LeafValues): void {
  const changes = values['clear'] !== undefined || leaves.some((leaf) => isGiven(leaf, values))
  if (!changes) throw new UsageError('nothing to change: give at least one setting (--help lists them)')
}

function isGiven({ option }: Leaf, values: LeafValues): boolean {
  return values[option.attributeName()] !== undefined
}

/** `--no-x` belongs to `--x`, and a qualification has no default. */
function isClearable({ option, path }: Leaf): boolean {
  return !option.negate && path !== 'qualification'
}

function nameOf({ option }: Leaf): string {
  return option.long!.slice(2)
}
