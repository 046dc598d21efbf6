import { expect, test } from 'vitest'
import { bounds } from '../bounds.js'
import { MemoryJournal, sampleItem } from '../testing/watch-journals.js'
import { RecentPages } from './recent-pages.js'

test('a page that was just read is the same one again, and what is kept is bounded', () => {
  const journal = new MemoryJournal()
  const count = bounds.watchRecentItems
  for (let i = 0; i < count; i += 1) journal.append([sampleItem(1, String(i))])
  const recent = new RecentPages(journal)
  recent.refresh()
  const [first] = recent.pages(1, 1)
  expect(recent.pages(1, 3).map(({ seq }) => seq)).toEqual([1, 2, 3])
  // All but the kept can no longer be read.
  expect(recent.pages(2, count).length).toBe(count - 1)
  journal.dropBefore(count + 1)
  expect(recent.pages(count, 1).map(({ seq }) => seq)).toEqual([count])
  expect(recent.pages(1, 1)).toEqual([])
  expect(first?.items).toHaveLength(1)
})
