/** Journals, items and readers in memory, for tests of watching. */
import { WatchResponse } from '../../generated/xpool/v1/allocation.js'
import type { WatchEvent } from '../../generated/xpool/v1/types.js'
import type { Failure } from '../failure.js'
import { frameOf, type WatchItem } from '../watch/watch-item.js'
import type { ItemPage, WatchJournal } from '../watch/watch-journal.js'
import type { WatchSink } from '../watch/watcher.js'

/** Pages that tests append. As in LMDB, what came after the last refresh is not seen. */
export class MemoryJournal implements WatchJournal {
  readonly #pages: ItemPage[] = []
  #seen = 0
  #first = 1
  /** Reads of this page throw. */
  damagedPage = -1

  append(items: readonly WatchItem[]): number {
    return this.#pages.push({ seq: this.#pages.length + 1, items })
  }

  /** Pages before this one are gone. */
  dropBefore(seq: number): void {
    this.#first = seq
  }

  refresh(): void {
    this.#seen = this.#pages.length
  }

  head(): number {
    return this.#seen
  }

  first(): number {
    return this.#first
  }

  pages(fromSeq: number, limit: number): ItemPage[] {
    const from = Math.max(fromSeq, this.#first)
    const pages = this.#pages.slice(0, this.#seen).slice(from - 1, from - 1 + limit)
    if (pages.some(({ seq }) => seq === this.damagedPage)) throw new Error(`page ${this.damagedPage} is damaged`)
    return pages
  }
}

/** An item that a tenant sees whole, and the system without its text. @param bytes of text, to fill messages */
export function sampleItem(owner: number, id: string, kind = 1, bytes = 0): WatchItem {
  const event = { ...blankEvent, kind, bindingId: id, pool: 'x'.repeat(bytes) }
  const own = frameOf([event])
  const system = frameOf([{ ...event, tenant: 'system' }])
  return { kind, owner, frame: (audience) => (audience === 'system' ? system : audience === owner ? own : undefined) }
}

const blankEvent: WatchEvent = {
  kind: 0,
  atMs: 0,
  tenant: '',
  pool: '',
  bindingId: '',
  binding: undefined,
  call: undefined,
  poolLevel: undefined,
  numbers: undefined,
}

/** The other end of a watch: takes messages at once, or only when told to. */
export class MemoryReader implements WatchSink {
  readonly messages: Buffer[] = []
  readonly failures: Failure[] = []
  takes: boolean
  #pending: (() => void) | undefined

  constructor(takes = true) {
    this.takes = takes
  }

  write(message: Buffer, taken: () => void): void {
    if (this.#pending !== undefined) throw new Error('a message was written before the last was taken')
    this.messages.push(message)
    if (this.takes) taken()
    else this.#pending = taken
  }

  fail(failure: Failure): void {
    this.failures.push(failure)
  }

  /** Takes the one message that waits. */
  take(): void {
    const taken = this.#pending
    this.#pending = undefined
    taken?.()
  }

  get responses(): WatchResponse[] {
    return this.messages.map((message) => WatchResponse.decode(message))
  }

  get ids(): string[] {
    return this.responses.flatMap(({ events }) => events.map(({ bindingId }) => bindingId))
  }

  get lastToken(): string {
    return this.responses.at(-1)?.resumeToken ?? ''
  }
}
