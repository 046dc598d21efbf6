/** Enum values by the name that people write: `axb`, `AXB`, `MODE_AXB`, `a-to-b`. */

/** A generated enum: names to numbers, and numbers back to names. */
export type ProtoEnum = Readonly<Record<string, string | number>>

/** Names without the common prefix, in lower case with hyphens, `UNSPECIFIED` left out. */
export function namesOf(type: ProtoEnum, prefix: string): string[] {
  return Object.keys(type)
    .filter((name) => name.startsWith(prefix) && !name.endsWith('_UNSPECIFIED'))
    .map((name) => spelling(name, prefix))
}

/** The number, or undefined when no value has that name. */
export function parseEnum(type: ProtoEnum, prefix: string, text: string): number | undefined {
  const wanted = text.toUpperCase().replaceAll('-', '_')
  const name = wanted.startsWith(prefix) ? wanted : prefix + wanted
  if (name.endsWith('_UNSPECIFIED')) return undefined
  const value = type[name]
  return typeof value === 'number' ? value : undefined
}

/** The name as `parseEnum` reads it; the number itself when it has none, as from a newer server. */
export function formatEnum(type: ProtoEnum, prefix: string, value: number): string {
  const name = type[value]
  return typeof name === 'string' && value >= 0 ? spelling(name, prefix) : String(value)
}

function spelling(name: string, prefix: string): string {
  return name.slice(prefix.length).toLowerCase().replaceAll('_', '-')
}
