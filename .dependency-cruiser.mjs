/**
 * Import boundaries of what is loaded at run time, and its cycles.
 *
 * dependency-cruiser has no reader for this version of TypeScript, so `npm run
 * boundaries` lets it walk JavaScript that tsc writes for it alone. Imports of
 * types do not reach that output: test/imports.test.ts holds the same table
 * against the sources, types included.
 */
import { importTable, places, tests } from './test/import-table.ts'

const out = '^dist/boundaries/'

/** A pattern for source paths, made to fit the output. */
const inOutput = (pattern) => pattern.replace('^', out)

function rulesOf(part) {
  const { parts, packages, builtins } = importTable[part]
  const from = { path: inOutput(places[part]), pathNot: inOutput(tests) }
  const files = parts.map((one) => inOutput(typeof one === 'string' ? places[one] : one.where))
  const modules = packages.map((name) => `^node_modules/${name}/`)
  const rules = [
    {
      name: `${part}-imports`,
      comment: 'The table in docs/architecture.md says who may import whom.',
      severity: 'error',
      from,
      to: { pathNot: [...files, ...modules], dependencyTypesNot: ['core'] },
    },
  ]
  if (builtins !== undefined) {
    const allowed = `^(node:)?(${builtins.map((name) => name.replace('node:', '')).join('|')})$`
    rules.push({
      name: `${part}-builtins`,
      comment: 'The core reads no clock, no randomness and no I/O (I8).',
      severity: 'error',
      from,
      to: { pathNot: [allowed], dependencyTypes: ['core'] },
    })
  }
  return rules
}

export default {
  forbidden: [
    ...Object.keys(importTable).flatMap(rulesOf),
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea, or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that names nothing fails at run time.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    moduleSystems: ['es6'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
