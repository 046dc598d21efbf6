/** The house rules that a tool can see, each a function from a source to its faults. */
import { lineAt, parse, type Source } from './sources.js'

const limits = { fileLines: 300, testFileLines: 500, functionLines: 60, wordlessLines: 7 } as const

/** Any node of the syntax tree, as the parser gives it. */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

export interface TidyRule {
  readonly says: string
  readonly faults: (source: Source) => string[]
}

export const tidyRules: readonly TidyRule[] = [
  { says: `files have at most ${limits.fileLines} lines, tests ${limits.testFileLines}`, faults: longFiles },
  { says: `functions have at most ${limits.functionLines} lines`, faults: longFunctions },
  { says: 'nothing is left for later', faults: leftovers },
  { says: 'file names are kebab-case and say what the file is about', faults: badNames },
  { says: 'only the command-line tool writes with console', faults: consoles },
  { says: 'no default exports but in tool configuration', faults: defaultExports },
  { says: 'no barrels: a file that only re-exports holds no idea', faults: barrels },
  {
    says: 'exported classes and functions of the daemon have a doc comment, but for short functions',
    faults: undocumented,
  },
  { says: 'bounds carry their unit in their name', faults: unitless },
]

function isTest(source: Source): boolean {
  return source.path.endsWith('.test.ts')
}

function at(source: Source, node: { readonly start: number }, what: string): string {
  return `${source.path}:${lineAt(source, node.start)} ${what}`
}

function linesOf(source: Source, node: Node): number {
  return lineAt(source, node.end) - lineAt(source, node.start) + 1
}

function longFiles(source: Source): string[] {
  const most = isTest(source) ? limits.testFileLines : limits.fileLines
  return source.lines.length > most ? [`${source.path} has ${source.lines.length} lines`] : []
}

/** A describe block of a test is a chapter, not a function: what counts is each test in it. */
function longFunctions(source: Source): string[] {
  const chapters = new Set<unknown>()
  const faults: string[] = []
  walk(source, (node) => {
    if (isTest(source) && isCallOf(node, 'describe')) for (const one of list(node['arguments'])) chapters.add(one)
    const isFunction = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)
    if (!isFunction || chapters.has(node)) return
    const length = linesOf(source, node)
    if (length > limits.functionLines) faults.push(at(source, node, `a function of ${length} lines`))
  })
  return faults
}

function leftovers(source: Source): string[] {
  // Spelt in halves, so that this line is not one of them.
  const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`)
  return source.lines.flatMap((line, i) => (marks.test(line) ? [`${source.path}:${i + 1} ${line.trim()}`] : []))
}

function badNames(source: Source): string[] {
  const name = source.path.split('/').at(-1)!
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|conformance))?\.ts$/.test(name)
  const vague = /(^|-)(utils?|helpers?|managers?|common|misc)(-|\.)/.test(name)
  return kebab && !vague ? [] : [source.path]
}

function consoles(source: Source): string[] {
  if (source.path.startsWith('daemon/cli/')) return []
  const faults: string[] = []
  walk(source, (node) => {
    const object = node['object'] as Node | undefined
    if (node.type === 'MemberExpression' && object?.['name'] === 'console') faults.push(at(source, node, 'console'))
  })
  return faults
}

function defaultExports(source: Source): string[] {
  if (/^[^/]+\.config\.ts$/.test(source.path)) return []
  return body(source)
    .filter((node) => node.type === 'ExportDefaultDeclaration')
    .map((node) => at(source, node, 'export default'))
}

function barrels(source: Source): string[] {
  const statements = body(source)
  const reexports = statements.every((node) => /^Export(All|Named)Declaration$/.test(node.type) && node['source'])
  return statements.length > 0 && reexports ? [source.path] : []
}

/**
 * A short function whose name and types say it all needs no comment that says it
 * again; where a file exports one function or class, the comment at its head is that one's.
 */
function undocumented(source: Source): string[] {
  if (isTest(source) || !/^daemon\/(core|journal|store|shard|gateway|directory)\//.test(source.path)) return []
  const docs = parse(source).comments.filter((one) => one.type === 'Block' && one.value.startsWith('*'))
  const statements = body(source)
  const exported = statements.filter((node) => {
    const declared = node['declaration'] as Node | null | undefined
    return node.type === 'ExportNamedDeclaration' && /^(Function|Class)Declaration$/.test(declared?.type ?? '')
  })
  if (exported.length === 1 && docs.some((one) => one.end <= statements[0]!.start)) return []
  const speaksForItself = (node: Node) =>
    (node['declaration'] as Node).type === 'FunctionDeclaration' && linesOf(source, node) <= limits.wordlessLines
  const isDocumented = (node: Node) =>
    docs.some((one) => one.end <= node.start && source.text.slice(one.end, node.start).trim() === '')
  return exported
    .filter((node) => !speaksForItself(node) && !isDocumented(node))
    .map((node) =>
      at(source, node, `${String(((node['declaration'] as Node)['id'] as Node)['name'])} has no doc comment`),
    )
}

/**
 * A bound is an entry of an object called limits, defaults or bounds, or a
 * constant of a module whose name says maximum, minimum, limit or time. Its
 * name holds a unit, or the plural of what it counts.
 */
function unitless(source: Source): string[] {
  const faults: string[] = []
  for (const statement of body(source)) {
    const declared = (statement['declaration'] ?? statement) as Node
    if (declared.type !== 'VariableDeclaration') continue
    for (const one of list(declared['declarations'])) {
      const name = String((one['id'] as Node)['name'])
      const value = plain(one['init'] as Node | null)
      if (value?.type === 'ObjectExpression' && /^(limits|defaults|bounds)$|(Limits|Defaults|Bounds)$/.test(name)) {
        for (const key of numericKeys(value)) if (!hasUnit(key)) faults.push(at(source, one, `${name}.${key}`))
      } else if (isNumeric(value) && isBound(name) && !hasUnit(name)) faults.push(at(source, one, name))
    }
  }
  return faults
}

function isBound(name: string): boolean {
  return words(name).some((word) => /^(max|min|limit|timeout|interval|delay|ttl|capacity)$/.test(word))
}

function hasUnit(name: string): boolean {
  const units = /^(ms|us|ns|second|day|hour|byte|char|digit|percent|bit|row|page|ratio|share)s?$/
  // Numbers of a sequence have no unit: their name says which sequence.
  const countings = /^(port|version|seq|epoch)$/
  return words(name).some((word) => units.test(word) || countings.test(word) || (word.endsWith('s') && word.length > 3))
}

function words(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[\s_]+/)
}

function numericKeys(object: Node): string[] {
  return list(object['properties'])
    .filter((one) => isNumeric(plain(one['value'] as Node | null)))
    .map((one) => String((one['key'] as Node)['name'] ?? (one['key'] as Node)['value']))
}

/** The value under `as const`, `satisfies` and the like. */
function plain(node: Node | null): Node | null {
  const wrapped = /^TS(As|Satisfies)Expression$/.test(node?.type ?? '')
  return wrapped ? plain(node!['expression'] as Node) : node
}

function isNumeric(node: Node | null): boolean {
  if (node?.type === 'Literal') return typeof node['value'] === 'number'
  return node?.type === 'BinaryExpression' && (isNumeric(node['left'] as Node) || isNumeric(node['right'] as Node))
}

function isCallOf(node: Node, name: string): boolean {
  if (node.type !== 'CallExpression') return false
  let callee = node['callee'] as Node | undefined
  while (callee !== undefined && callee['name'] === undefined) callee = (callee['object'] ?? callee['callee']) as Node
  return callee?.['name'] === name
}

function body(source: Source): Node[] {
  return list(parse(source).program.body)
}

function list(value: unknown): Node[] {
  return value as Node[]
}

/** Visits every node, parents before children. */
function walk(source: Source, visit: (node: Node) => void): void {
  const enter = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) enter(one)
    else if (typeof value === 'object' && value !== null) {
      if ('type' in value) visit(value as Node)
      for (const child of Object.values(value)) enter(child)
    }
  }
  enter(parse(source).program.body)
}
