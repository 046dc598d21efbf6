import { afterEach, expect, it } from 'vitest'
import { addNumbers, ban, setState } from '../../test/directory/decision-fixture.js'
import { openWriter, type WriterFixture } from '../../test/directory/writer-fixture.js'
import { type DirectoryJournalReader, numbersNamed, openDirectoryJournalReader } from './directory-journal-reader.js'

let made: WriterFixture
let reader: DirectoryJournalReader

async function open(): Promise<void> {
  made = await openWriter()
  reader = openDirectoryJournalReader(made.path)
}

afterEach(async () => {
  await reader.close()
  await made.close()
})

it('a reader of the journal sees what was committed once it refreshes, in order, with its times', async () => {
  await open()
  expect([reader.head(), reader.first(), reader.pages(1, 10)]).toEqual([0, 1, []])
  const { writer, time } = made
  await writer.submit({ type: 'create-pool', name: 'p', wanted: {} })
  time.now += 5
  await writer.submit(addNumbers('p', { numbers: ['111', '112'] }))
  await writer.submit(setState('112', 'FROZEN'))
  await writer.submit(ban('13800000001', { callee: '13900000001', reason: 'spam' }))
  reader.refresh()
  expect(reader.head()).toBe(writer.version)
  const pages = reader.pages(1, 10)
  expect(pages.map(({ seq, nowMs }) => [seq, nowMs - time.now])).toEqual([
    [1, -5],
    [2, 0],
    [3, 0],
    [4, 0],
  ])
  expect(pages.flatMap(({ events }) => events.map(({ type }) => type))).toEqual([
    'pool',
    'numbers',
    'number-states',
    'ban',
  ])
  expect(pages.flatMap(({ events }) => events.flatMap(numbersNamed))).toEqual(['111', '112', '112'])
  expect(pages[3]!.events[0]).toMatchObject({ ban: { caller: '13800000001', tenant: undefined } })
  expect(reader.pages(2, 2).map(({ seq }) => seq)).toEqual([2, 3])
  expect(reader.pages(5, 10)).toEqual([])
})

it('a reader of the journal says where it begins once pages were dropped', async () => {
  await open()
  for (const name of ['a', 'b', 'c']) await made.writer.submit({ type: 'create-pool', name, wanted: {} })
  await made.log.truncate(3)
  reader.refresh()
  expect(reader.first()).toBe(3)
  expect(reader.pages(1, 10).map(({ seq }) => seq)).toEqual([3])
})
