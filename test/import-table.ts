/**
 * Who may import whom: the table of docs/architecture.md as data. Two checks
 * read it: test/imports.test.ts (every import, types included, on the sources)
 * and dependency-cruiser (what is loaded at run time, and cycles, on the output).
 *
 * An entry is a part (all its files), or some files of a part.
 */

export type Part =
  | 'core'
  | 'journal'
  | 'store'
  | 'directory'
  | 'shard'
  | 'gateway'
  | 'monitor'
  | 'custody'
  | 'plan'
  | 'http'
  | 'jobs'
  | 'cli'
  | 'client'
  | 'generated'
  | 'leaf'
  | 'threads'
  | 'root'
  | 'bench'
  | 'loadtest'

/** Some files of a part: `where` is a pattern for paths as in `places`. */
interface Some {
  readonly part: Part
  readonly where: string
  readonly are: string
}

interface Rule {
  readonly parts: readonly (Part | Some)[]
  /** npm packages. */
  readonly packages: readonly string[]
  /** Builtins of Node; undefined: all. */
  readonly builtins?: readonly string[]
}

const extension = '\\.[jt]s$'
/** Small folders or single files of the shell that know nothing of the rest: any part but the core may use them. */
const leaves = '(bytes|clock|log|config|lock)'

/** Where a part's files lie, as patterns that fit sources and output alike. */
export const places: Readonly<Record<Part, string>> = {
  core: '^daemon/core/',
  journal: '^daemon/journal/',
  store: '^daemon/store/',
  directory: '^daemon/directory/',
  shard: '^daemon/shard/',
  gateway: '^daemon/gateway/',
  monitor: '^daemon/monitor/',
  custody: '^daemon/custody/',
  plan: '^daemon/plan/',
  http: '^daemon/http/',
  jobs: '^daemon/jobs/',
  cli: '^daemon/cli/',
  client: '^daemon/client/',
  generated: '^daemon/generated/',
  leaf: `^daemon/${leaves}(/|${extension})`,
  threads: '^daemon/threads/',
  root: `^daemon/(?!${leaves}${extension})[^/]+${extension}`,
  bench: '^bench/',
  loadtest: '^loadtest/',
}

/**
 * The vocabulary of the core: what a thing is called and how it is written, and
 * the steps of Resolve, which need no state. What decides and remembers is the shard's alone.
 */
const words: Some = {
  part: 'core',
  where: `^daemon/core/(binding|binding-id|caller-key|canonical-number|commands|calls|directory|events|limits|modes|reservation|resolve|resolve-steps|testing)${extension}`,
  are: "core's words",
}
const readers: Some = { part: 'store', where: `^daemon/store/[^/]*reader${extension}`, are: "store's readers" }
const view: Some = {
  part: 'directory',
  where: `^daemon/directory/(commands|shared-version|[^/]*view|[^/]*client)${extension}`,
  are: "directory's view and client",
}
const shardClient: Some = { part: 'shard', where: `^daemon/shard/[^/]*client${extension}`, are: "shard's client side" }

/** How the journal writes its events; the public contract stays in the gateway. */
const diskWords: Some = {
  part: 'generated',
  where: '^daemon/generated/xpool/internal/',
  are: 'generated code of the disk',
}

const everyPart: readonly Part[] = [
  'core',
  'journal',
  'store',
  'directory',
  'shard',
  'gateway',
  'monitor',
  'custody',
  'plan',
  'http',
  'jobs',
  'cli',
  'client',
  'generated',
  'leaf',
  'threads',
  'root',
]

export const importTable: Readonly<Record<Part, Rule>> = {
  core: { parts: ['core'], packages: [], builtins: ['node:assert'] },
  journal: { parts: ['journal', 'core', diskWords, 'leaf'], packages: ['@bufbuild/protobuf'] },
  store: { parts: ['store', 'core', 'journal', diskWords, 'leaf'], packages: ['lmdb', '@bufbuild/protobuf'] },
  directory: { parts: ['directory', 'core', 'journal', 'store', 'leaf'], packages: [] },
  shard: { parts: ['shard', 'core', 'journal', 'store', view, 'leaf'], packages: [] },
  gateway: {
    parts: ['gateway', words, readers, view, shardClient, 'generated', 'leaf'],
    packages: [
      '@grpc/grpc-js',
      '@grpc/proto-loader',
      '@grpc/reflection',
      'grpc-health-check',
      '@bufbuild/protobuf',
      'prom-client',
    ],
  },
  monitor: { parts: ['monitor', words, 'journal', 'store', 'leaf'], packages: [] },
  custody: { parts: ['custody', words, 'journal', 'store', 'leaf'], packages: [] },
  // Pure as the core is, and played on it.
  plan: { parts: ['plan', 'core'], packages: [], builtins: [] },
  http: { parts: ['http', words, view, shardClient, 'leaf'], packages: ['prom-client'] },
  jobs: {
    parts: ['jobs', words, 'journal', 'store', 'directory', 'plan', 'client', 'generated', 'leaf'],
    packages: ['piscina'],
  },
  cli: {
    parts: ['cli', words, 'journal', 'store', 'directory', 'shard', 'plan', 'jobs', 'client', 'generated', 'leaf'],
    packages: ['commander', 'cli-table3', 'cli-progress', '@grpc/grpc-js'],
  },
  client: { parts: ['client', words, 'generated', 'leaf'], packages: ['@grpc/grpc-js', '@bufbuild/protobuf'] },
  generated: { parts: ['generated'], packages: ['@grpc/grpc-js', '@bufbuild/protobuf'] },
  leaf: { parts: ['leaf', words], packages: [] },
  // The composition root of each thread, as root is that of the process.
  threads: { parts: everyPart, packages: ['prom-client', 'piscina'] },
  root: { parts: everyPart, packages: ['piscina', 'prom-client'] },
  bench: {
    // The curves of growth fill a folder from within, and load the daemon on it from outside.
    parts: ['bench', ...everyPart, 'loadtest'],
    packages: ['tinybench', 'hdr-histogram-js', '@grpc/grpc-js', '@bufbuild/protobuf', 'lmdb'],
  },
  loadtest: {
    parts: ['loadtest', 'generated'],
    packages: ['@grpc/grpc-js', 'hdr-histogram-js', 'cli-progress', 'd3-scale', 'd3-shape'],
  },
}

/** Tests and what only tests use. */
export const tests = '(^test/|\\.(test|conformance)\\.[jt]s$)'

const everything = Object.keys(importTable) as Part[]

/** The part that a file belongs to; undefined for tests and tool configuration, which may import anything. */
export function partOf(path: string): Part | undefined {
  if (isTest(path) || !/^(daemon|bench|loadtest)\//.test(path)) return undefined
  const part = everything.find((one) => new RegExp(places[one]).test(path))
  if (part === undefined) throw new Error(`${path}: this folder is not in the import table`)
  return part
}

function isTest(path: string): boolean {
  return new RegExp(tests).test(path)
}

/** undefined when allowed, else a sentence for the developer. */
export function objection(from: string, to: { readonly file?: string | undefined; readonly specifier: string }) {
  const part = partOf(from)
  if (part === undefined) return undefined
  const rule = importTable[part]
  if (to.file !== undefined) return fileObjection(part, rule, to.file)
  if (to.specifier.startsWith('node:')) {
    const allowed = rule.builtins === undefined || rule.builtins.includes(to.specifier)
    return allowed ? undefined : `${part} may not import ${to.specifier}`
  }
  const name = packageOf(to.specifier)
  return rule.packages.includes(name) ? undefined : `${part} may not import the package ${name}`
}

function fileObjection(part: Part, rule: Rule, file: string): string | undefined {
  const target = partOf(file)
  if (target === undefined) return `${part} may not import a test (${file})`
  const permits = (one: Part | Some) => (typeof one === 'string' ? one === target : new RegExp(one.where).test(file))
  if (rule.parts.some(permits)) return undefined
  const some = rule.parts.find((one): one is Some => typeof one === 'object' && one.part === target)
  return some !== undefined
    ? `${part} may import ${some.are} alone, not ${file}`
    : `${part} may not import ${target} (${file})`
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}

/** The table as docs/architecture.md shows it, a row for each part. */
export function tableRows(): string[] {
  return everything.map((part) => {
    const { parts, packages, builtins } = importTable[part]
    const names = parts.map((one) => (typeof one === 'string' ? one : one.are)).filter((name) => name !== part)
    const outside = [...packages, ...(builtins ?? [])].map((name) => `\`${name}\``)
    return `| ${part} | ${names.join(', ') || 'itself alone'} | ${outside.join(', ')} |`
  })
}
