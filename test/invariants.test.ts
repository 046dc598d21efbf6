/** Keeps docs/invariants.md and the tests that name invariants the same; `npm run invariants` writes the document. */
import { expect, test } from 'vitest'
import { type Invariant, invariants, type NamedTest, namedTests, promises } from './invariant-map.js'
import { projectSources, sourceOf } from './sources.js'

const tests = projectSources()
  .filter((source) => source.path.endsWith('.test.ts') && source.path !== 'test/invariants.test.ts')
  .flatMap(namedTests)

test('docs/invariants.md lists every test that names an invariant, and none that does not exist', async () => {
  await expect(document(tests)).toMatchFileSnapshot('../docs/invariants.md')
})

test('every invariant has a test, or a gap that is named', () => {
  const bare = invariants.filter((one) => of(one).length === 0 && promises[one].gap === undefined)
  expect(bare).toEqual([])
})

test('tests are found by the title, however it is written', () => {
  const text = [
    "test('I4: exact', () => {})",
    "describe('I1 and I3', () => { it('plain', () => {}) })",
    "it.each([1, 2])('I12: bounded by %i', () => {})",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template literal is what is to be read here
    'test.skipIf(slow)(`I5: round ${round}`, () => {})',
    "other('I7: not a test')",
  ].join('\n')
  expect(namedTests(sourceOf('a.test.ts', text)).map((one) => `${one.invariant} ${one.title}`)).toEqual([
    'I4 I4: exact',
    'I1 I1 and I3',
    'I3 I1 and I3',
    'I12 I12: bounded by %i',
    'I5 I5: round …',
  ])
  expect(() => namedTests(sourceOf('a.test.ts', "test('I13: luck', () => {})"))).toThrow(/no invariant I13/)
})

function of(invariant: Invariant): NamedTest[] {
  return tests.filter((one) => one.invariant === invariant)
}

function document(all: readonly NamedTest[]): string {
  const rows = invariants.map((one) => {
    const { name, promise } = promises[one]
    return `| ${one} | **${name}**: ${promise} | ${of(one).length} |`
  })
  const gaps = invariants.flatMap((one) =>
    promises[one].gap === undefined ? [] : [`- **${one}**: ${promises[one].gap}`],
  )
  return [
    '# Invariants and their tests',
    '',
    'What xpool promises whatever happens, and the tests that show it. A test names an invariant by its number in its',
    'title; `npm run invariants` writes this page from those titles, and a test fails when the two differ. The promises',
    'in full stand in the words of the core and of the interface; the gaps are what no test shows yet.',
    '',
    `${all.length} entries; a test that names two invariants is listed under both.`,
    '',
    '| | promise | tests |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '## Gaps',
    '',
    ...gaps,
    ...invariants.flatMap(section),
    '',
  ].join('\n')
}

function section(invariant: Invariant): string[] {
  const lines = of(invariant).map((one) => `- \`${one.file}\` ${one.title}`)
  return lines.length === 0 ? [] : ['', `## ${invariant} ${promises[invariant].name}`, '', ...lines]
}
