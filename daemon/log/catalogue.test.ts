import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { catalogue } from './catalogue.js'
import { lineBytesMax, logLine } from './log-line.js'
import { logMessagesPage } from './log-messages-page.js'

const rows = Object.entries(catalogue)

describe('log catalogue', () => {
  test('docs/operations/log-messages.md is the catalogue', async () => {
    const page = fileURLToPath(new URL('../../docs/operations/log-messages.md', import.meta.url))
    await expect(logMessagesPage()).toMatchFileSnapshot(page)
  })

  test('no fact hides a field that every line has', () => {
    const taken = ['time', 'level', 'id', 'message', 'thread', 'suppressed', 'dropped', 'cut']
    for (const [id, { facts }] of rows) {
      expect(new Set(facts).size, id).toBe(facts.length)
      expect(
        taken.filter((field) => (facts as readonly string[]).includes(field)),
        id,
      ).toEqual([])
    }
  })

  test('an action is a sentence, or several', () => {
    for (const [id, row] of rows) {
      if ('action' in row) expect(row.action, id).toMatch(/^[A-Z].*\.$/)
    }
  })

  test('every message fits a line without its facts', () => {
    for (const id of Object.keys(catalogue) as (keyof typeof catalogue)[]) {
      const line = logLine({ timeMs: 0, id, thread: 'gateway-63', facts: {}, suppressed: 1e15, dropped: 1e15 })
      expect(line.length, id).toBeLessThan(lineBytesMax / 2)
    }
  })
})
