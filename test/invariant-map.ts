/**
 * The invariants of the domain, what is promised and what no test shows yet,
 * and how tests are found that name them: `I<n>` in the title of a test.
 */
import { parse, type Source } from './sources.js'

export const invariants = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11', 'I12'] as const
export type Invariant = (typeof invariants)[number]

interface Promised {
  readonly name: string
  readonly promise: string
  /** What no test shows yet, and why; absent when the tests cover the promise. */
  readonly gap?: string
}

export const promises: Readonly<Record<Invariant, Promised>> = {
  I1: {
    name: 'one owner',
    promise: 'At any instant at most one binding owns a (number, caller key), its cooldown included.',
  },
  I2: {
    name: 'never a stranger',
    promise: 'From a binding’s end to its free_at its routes reach its own callee (grace) or nobody.',
  },
  I3: {
    name: 'one family',
    promise: 'A number carries pair, extension or exclusive routes, one kind at a time.',
    gap: 'The modes of the families EXTENSION and EXCLUSIVE (AXE, AX) are not served yet, so that over gRPC one family alone can arise.',
  },
  I4: {
    name: 'exact quotas',
    promise: 'No acknowledgement takes a tenant past a quota, whatever the concurrency.',
  },
  I5: {
    name: 'durable',
    promise: 'What was acknowledged survives kill -9; what was not is wholly there or not at all.',
    gap: 'Power loss is not tried: the tests end the process, not the machine, and rely on fsync before every answer.',
  },
  I6: {
    name: 'read your writes',
    promise: 'Whatever is sent after an acknowledgement, to any thread, sees it.',
  },
  I7: {
    name: 'idempotent',
    promise: 'The same request id gives the same binding, for the later of 24 h and its end, across restarts.',
  },
  I8: {
    name: 'deterministic',
    promise: 'The same commands and inputs give the same events; replaying the journal rebuilds the state.',
  },
  I9: {
    name: 'exact time',
    promise:
      'Resolve never connects before start or from end on (grace aside); no clock that steps back revives anything.',
  },
  I10: {
    name: 'custody',
    promise:
      'The journal names who held every key at every instant; a changed, missing or reordered entry is detected.',
    gap: 'Who held a number when cannot be asked yet (WhoHeld); that tampering is detected is tested.',
  },
  I11: {
    name: 'live calls',
    promise: 'While a call is on, no new binding gets a route of its binding.',
    gap: 'Call control cannot report calls yet (ReportCall), so there are no live calls to hold a route for.',
  },
  I12: {
    name: 'bounded',
    promise: 'Every queue, batch, page, wait, stream and retry has a named limit, and a clear refusal past it.',
  },
}

export interface NamedTest {
  readonly invariant: Invariant
  readonly file: string
  readonly title: string
}

/** Tests and groups of tests whose title names an invariant; an expression within a title reads `…`. */
export function namedTests(source: Source): NamedTest[] {
  const found: NamedTest[] = []
  const enter = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) enter(one)
    else if (typeof value === 'object' && value !== null) {
      const title = titleOf(value as Node)
      if (title !== undefined) for (const invariant of named(title)) found.push({ invariant, file: source.path, title })
      for (const child of Object.values(value)) enter(child)
    }
  }
  enter(parse(source).program.body)
  return found
}

function named(title: string): Invariant[] {
  const marks = new Set(title.match(/\bI\d+\b/g))
  const strange = [...marks].filter((mark) => !(mark in promises))
  if (strange.length > 0) throw new Error(`there is no invariant ${strange.join(', ')}: "${title}"`)
  return invariants.filter((one) => marks.has(one))
}

type Node = { readonly type?: string; readonly [field: string]: unknown }

/** test('...'), it.each(...)('...'), describe.skipIf(...)(`...`) and their like. */
function titleOf(node: Node): string | undefined {
  if (node.type !== 'CallExpression' || !/^(test|it|describe)$/.test(calledName(node) ?? '')) return undefined
  const first = (node['arguments'] as Node[])[0]
  if (first?.type === 'Literal' && typeof first['value'] === 'string') return first['value']
  if (first?.type !== 'TemplateLiteral') return undefined
  return (first['quasis'] as { value: { cooked: string } }[]).map((one) => one.value.cooked).join('…')
}

function calledName(node: Node): string | undefined {
  let callee = node['callee'] as Node | undefined
  while (callee !== undefined && callee['name'] === undefined) {
    callee = (callee['object'] ?? callee['callee'] ?? callee['tag']) as Node | undefined
  }
  return callee?.['name'] as string | undefined
}
