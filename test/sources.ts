/** The project's own TypeScript, read and parsed: what the tidy and import tests look at. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ParseResult, parseSync } from 'oxc-parser'

export const root = normalize(join(dirname(fileURLToPath(import.meta.url)), '..'))

export interface Source {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
}

export interface Import {
  /** As written: './binding.js', 'node:fs', 'lmdb'. */
  readonly specifier: string
  /** The project's file it names, undefined for packages and builtins. */
  readonly file: string | undefined
  readonly line: number
}

/** Everything we write ourselves in TypeScript; what buf generates is left out. */
export function projectSources(): Source[] {
  const patterns = ['daemon/**/*.ts', 'bench/**/*.ts', 'loadtest/**/*.ts', 'test/**/*.ts', '*.ts']
  return globSync(patterns, { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.startsWith('daemon/generated/'))
    .sort()
    .map((path) => sourceOf(path, readFileSync(join(root, path), 'utf8')))
}

export function sourceOf(path: string, text: string): Source {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return { path, text, lines }
}

const parsed = new WeakMap<Source, ParseResult>()

/** Throws on a syntax error, so that no rule passes because a file could not be read. */
export function parse(source: Source): ParseResult {
  const before = parsed.get(source)
  if (before !== undefined) return before
  const result = parseSync(source.path, source.text)
  const fault = result.errors[0]
  if (fault !== undefined) throw new Error(`${source.path}: ${fault.message}`)
  parsed.set(source, result)
  return result
}

export function lineAt(source: Source, offset: number): number {
  return source.text.slice(0, offset).split('\n').length
}

/** Static, re-exporting, type-only and literal dynamic imports alike. */
export function importsOf(source: Source): Import[] {
  const { module } = parse(source)
  const requests = [
    ...module.staticImports.map((one) => one.moduleRequest),
    ...module.staticExports.flatMap((one) => one.entries.map((entry) => entry.moduleRequest)),
    ...module.dynamicImports.map((one) => one.moduleRequest),
  ]
  return requests.flatMap((request) => {
    if (request === null || request === undefined) return []
    const specifier = source.text.slice(request.start, request.end).replaceAll(/^['"`]|['"`]$/g, '')
    return [{ specifier, file: fileOf(source, specifier), line: lineAt(source, request.start) }]
  })
}

function fileOf(source: Source, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const joined = normalize(join(dirname(source.path), specifier)).replaceAll('\\', '/')
  return joined.replace(/\.js$/, '.ts')
}
