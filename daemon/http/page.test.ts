/** The script of the page is run against as much of a document as it uses. */
import { describe, expect, test } from 'vitest'
import { operatorPage } from './page.js'

class Element {
  children: (Element | string)[] = []
  textContent = ''
  className = ''
  append(...more: (Element | string)[]) {
    this.children.push(...more)
  }
  replaceChildren(...others: (Element | string)[]) {
    this.children = others
  }
  #add(): Element {
    const child = new Element()
    this.children.push(child)
    return child
  }
  createTHead = () => this.#add()
  createTBody = () => this.#add()
  insertRow = () => this.#add()
  insertCell = () => this.#add()
  text(): string {
    return this.textContent + this.children.map((child) => (typeof child === 'string' ? child : child.text())).join('|')
  }
}

const pool = { pool: '<b>demo</b>', freeNumbers: 9_999, inUseNumbers: 1, coolingNumbers: 2, outOfServiceNumbers: 3 }
const counts = { pools: [{ ...pool, liveBindings: 2, coolingBindings: 4, capacity: 10_000_000 }], leftOut: 3 }
const tenants = [{ tenant: 'acme', liveBindings: 5, numbersHeld: 6, quotas: { liveBindings: 100 } }]

/** Runs the script; `answers` are those of /stats.json, one for each refresh, and then none. */
function open(answers: { ok: boolean; body: object }[]) {
  const script = /<script>(.*?)<\/script>/s.exec(operatorPage('1'))![1]!
  const elements = new Map(['pools', 'tenants', 'more', 'state'].map((id) => [id, new Element()]))
  let refresh: () => Promise<void> = () => expect.fail('no timer')
  const document = {
    hidden: false,
    getElementById: (id: string) => elements.get(id),
    createElement: () => new Element(),
    addEventListener: () => undefined,
  }
  const fetch = async (path: string) => {
    const answer = answers.shift()
    if (path !== '/stats.json' || answer === undefined) throw new Error('refused')
    return { ok: answer.ok, json: async () => answer.body }
  }
  const setInterval = (work: typeof refresh) => {
    refresh = work
  }
  new Function('document', 'fetch', 'setInterval', script)(document, fetch, setInterval)
  const text = (id: string) => elements.get(id)!.text()
  return { text, document, elements, refresh: () => refresh() }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('operator page', () => {
  test('shows pools and tenants, names as text', async () => {
    const { text } = open([{ ok: true, body: { ...counts, tenants, ready: true, nowMs: 0 } }])
    await turn()
    expect(text('pools')).toContain('<b>demo</b>|9,999|1|2|3|2 / 10,000,000 ||4')
    expect(text('tenants')).toContain('acme|5 / 100 ||6|')
    expect(text('more')).toBe('3 more pools and tenants are not shown here.')
    expect(text('state')).toMatch(/^ready, /)
  })

  test('says what is wrong: no counts, not ready, no daemon; and asks nothing while nobody looks', async () => {
    const { text, refresh, elements, document } = open([
      { ok: false, body: { reason: 'loading' } },
      { ok: true, body: { pools: [], tenants: [], leftOut: 0, ready: false, reason: 'draining', nowMs: 0 } },
    ])
    await turn()
    expect([text('state'), elements.get('state')!.className]).toEqual(['no counts: loading', 'bad'])
    document.hidden = true
    await refresh()
    expect(text('state')).toBe('no counts: loading')
    document.hidden = false
    await refresh()
    expect([text('state'), text('pools')]).toEqual(['not ready: draining', 'none yet'])
    await refresh()
    expect(text('state')).toBe('the daemon does not answer')
  })
})
