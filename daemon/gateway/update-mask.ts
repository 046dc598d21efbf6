/**
 * What an update asks for, field by field. Without a mask the leaves that are
 * set change. With one, what it names changes, and what it names and the
 * message leaves absent goes back to its default.
 */
import type { Check } from './check.js'

/** What becomes of a leaf: its value, undefined for unchanged, null for cleared. */
export type Asked = <T>(path: string, value: T | undefined) => T | undefined | null

/** @param paths every leaf there is; a mask may name them or what holds them */
export function readMask(check: Check, mask: readonly string[] | undefined, paths: readonly string[]): Asked {
  if (mask === undefined || mask.length === 0) return (_path, value) => value
  const named = new Set<string>()
  for (const entry of mask) {
    const covered = paths.filter((path) => path === entry || path.startsWith(`${entry}.`))
    if (covered.length === 0) {
      check.refuse('INVALID_OPTION', 'update_mask', 'update_mask names a field that cannot be changed')
      break
    }
    for (const path of covered) named.add(path)
  }
  return (path, value) => (named.has(path) ? (value ?? null) : undefined)
}

/** An empty list is the default, or unchanged. */
export function unlessEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list
}
