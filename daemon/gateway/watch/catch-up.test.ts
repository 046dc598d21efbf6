/** Random histories: whoever watches, breaks off and resumes sees each of its events once, and nobody else's. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryJournal, MemoryReader, sampleItem } from '../testing/watch-journals.js'
import { CatchUp } from './catch-up.js'
import { Cursor } from './cursor.js'
import { readResumeToken } from './resume-token.js'
import { Tail } from './tail.js'
import type { Audience } from './watch-item.js'
import { headsOf } from './watch-journal.js'
import { Watcher } from './watcher.js'

const journalCount = 3
const allKinds = 0xfe

type Step =
  | { readonly do: 'append'; readonly journal: number; readonly owners: readonly number[]; readonly bytes: number }
  | { readonly do: 'tick' }
  | { readonly do: 'watch'; readonly audience: Audience; readonly kinds: number }
  | { readonly do: 'catch up'; readonly client: number }
  | { readonly do: 'take'; readonly client: number }
  | { readonly do: 'break off'; readonly client: number }

const clients = 4
const client = fc.nat({ max: clients - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      journal: fc.nat({ max: journalCount - 1 }),
      owners: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 6 }),
      // From nothing to what does not fit one message with a second of its size.
      bytes: fc.constantFrom(0, 0, 20_000, 40_000, 90_000),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'tick' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('watch' as const),
      audience: fc.constantFrom<Audience>(1, 2, 'system'),
      kinds: fc.constantFrom(allKinds, 1 << 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('catch up' as const), client }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), client }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('break off' as const), client }) },
)

interface Told {
  readonly id: string
  readonly journal: number
  readonly page: number
  readonly owner: number
  readonly kind: number
}

/** A client that keeps the token of the last message it took, and what it has seen up to there. */
class Client {
  readonly seen: string[] = []
  reader = new MemoryReader(false)
  watcher: Watcher | undefined
  catchUp: CatchUp | undefined
  token = ''

  constructor(
    readonly audience: Audience,
    readonly kinds: number,
    readonly since: readonly number[],
  ) {}

  take(): void {
    const taken = this.reader.responses
    this.reader.messages.length = 0
    for (const { events, resumeToken } of taken) {
      this.seen.push(...events.map(({ bindingId }) => bindingId))
      this.token = resumeToken
    }
    this.reader.take()
  }
}

class World {
  readonly journals = Array.from({ length: journalCount }, () => new MemoryJournal())
  readonly tail = new Tail(this.journals)
  readonly clients: Client[] = []
  readonly told: Told[] = []
  readonly #counts = { queuedBytes: 0, delivered: () => undefined }

  run(one: Step): void {
    if (one.do === 'append') this.#append(one.journal, one.owners, one.bytes)
    if (one.do === 'tick') this.#tick()
    if (one.do === 'watch') this.#watch(new Client(one.audience, one.kinds, headsOf(this.journals)))
    if (!('client' in one)) return
    const found = this.clients[one.client]
    if (found === undefined) return
    if (one.do === 'catch up') this.#catchUp(found)
    if (one.do === 'take') found.take()
    if (one.do === 'break off') this.#breakOff(found)
  }

  /** Until everybody has everything. */
  settle(): void {
    for (let round = 0; round < 120; round += 1) {
      this.#tick()
      for (const one of this.clients) {
        if (one.watcher === undefined) this.#connect(one)
        this.#catchUp(one)
        one.take()
      }
    }
  }

  #append(journal: number, owners: readonly number[], bytes: number): void {
    const page = this.journals[journal]!.append(
      owners.map((owner, i) => {
        const told = { id: `${journal}/${this.told.length}`, journal, owner, kind: 1 + (i % 2), page: 0 }
        this.told.push(told)
        return sampleItem(owner, told.id, told.kind, bytes)
      }),
    )
    for (let i = this.told.length - owners.length; i < this.told.length; i += 1) {
      this.told[i] = { ...this.told[i]!, page }
    }
  }

  #tick(): void {
    this.tail.skipIfAlone()
    this.tail.tick(0)
  }

  #watch(one: Client): void {
    if (this.clients.length >= clients) return
    this.clients.push(one)
    this.#connect(one)
  }

  #connect(one: Client): void {
    one.reader = new MemoryReader(false)
    const cutOff = (watcher: Watcher) => {
      this.tail.leave(watcher)
      watcher.close()
      one.watcher = undefined
      one.catchUp = undefined
    }
    one.watcher = new Watcher(one, one.reader, this.#counts, cutOff)
    const from = one.token === '' ? Cursor.atPages(one.since) : readResumeToken(one.token, journalCount)!
    one.catchUp = new CatchUp(one.watcher, from, { journals: this.journals, tail: this.tail, nowMs: 0 })
    if (one.token === '') one.catchUp.sendToken()
  }

  #catchUp(one: Client): void {
    if (one.catchUp === undefined || one.watcher?.isIdle !== true) return
    this.tail.skipIfAlone()
    if (one.catchUp.step(0) === 'joined') one.catchUp = undefined
  }

  #breakOff(one: Client): void {
    if (one.watcher === undefined) return
    this.tail.leave(one.watcher)
    one.watcher.close()
    one.watcher = undefined
    one.catchUp = undefined
    one.reader.messages.length = 0
  }

  /** What a client should have seen of a journal. */
  due({ audience, kinds, since }: Client, journal: number): string[] {
    const its = this.told.filter(
      (one) =>
        one.journal === journal &&
        one.page > since[journal]! &&
        (audience === 'system' || one.owner === audience) &&
        (kinds & (1 << one.kind)) !== 0,
    )
    return its.map(({ id }) => id)
  }
}

test('no gap, no repeat, nobody else’s, in the order of each journal', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const world = new World()
      for (const one of steps) world.run(one)
      world.settle()
      for (const one of world.clients) {
        for (let journal = 0; journal < journalCount; journal += 1) {
          const seen = one.seen.filter((id) => id.startsWith(`${journal}/`))
          expect(seen).toEqual(world.due(one, journal))
        }
      }
    }),
    { numRuns: 150 },
  )
})

test('a message holds few enough bytes, whatever a page holds', () => {
  const [journal] = [new MemoryJournal()]
  const tail = new Tail([journal])
  const reader = new MemoryReader()
  const counts = { queuedBytes: 0, delivered: () => undefined }
  const watcher = new Watcher({ audience: 1, kinds: allKinds }, reader, counts, () => expect.unreachable())
  tail.join(watcher, 0)
  journal.append(Array.from({ length: 1_000 }, (_, i) => sampleItem(1, String(i), 1, 1_000)))
  for (let i = 0; i < 20; i += 1) tail.tick(0)
  expect(reader.ids).toEqual(Array.from({ length: 1_000 }, (_, i) => String(i)))
  expect(Math.max(...reader.messages.map(({ length }) => length))).toBeLessThan(70_000)
})
