/** What a page costs besides the commit: events to bytes and back, salts, leaves, root, hash, and the page's bytes. */
import { hash, randomFillSync } from 'node:crypto'
import type { ShardEvent } from '../../daemon/core/events.js'
import { decodeEvent, encodeEvent } from '../../daemon/journal/event-codec.js'
import { decodePage, encodePage } from '../../daemon/journal/page-codec.js'
import { entriesOfEvents } from '../../daemon/journal/page-entries.js'
import { emptyHead, sealPage } from '../../daemon/journal/seal-page.js'
import { sampleBinding, sampleNowMs } from '../sample.js'
import { nothingToClose, type Suite, type Task } from '../suite.js'

const events = 128
const pageSizes = [16, 128, 1_024] as const
const hashInputs = 64

export const journalSuite: Suite = {
  name: 'journal',
  async prepare() {
    return {
      tasks: [...codec(), ...hashes(), ...pageSizes.map(seal), ...pageSizes.map(wholePage), pageBytes()],
      close: nothingToClose,
    }
  },
}

function allocated(seq: number): ShardEvent {
  const request = { id: `request-${seq}`, fingerprint: 'f'.repeat(32) }
  return { type: 'allocated', binding: sampleBinding(seq, seq), request, nextExtension: undefined }
}

function codec(): Task[] {
  const some = Array.from({ length: events }, (_, seq) => allocated(seq))
  const encoded = some.map(encodeEvent)
  return [
    {
      name: 'journal event, encode allocated',
      items: events,
      run: () => {
        for (const event of some) if (encodeEvent(event).length === 0) throw new Error('an event without bytes')
      },
    },
    {
      name: 'journal event, decode allocated',
      items: events,
      run: () => {
        for (const bytes of encoded) if (decodeEvent(bytes).type !== 'allocated') throw new Error('another event')
      },
    },
  ]
}

/** What one native call costs, by what it returns: a page makes two for each event. */
function hashes(): Task[] {
  const node = new Uint8Array(65)
  return (['buffer', 'binary'] as const).map((encoding) => ({
    name: `journal hash, SHA-256 of 65 bytes as ${encoding}`,
    items: hashInputs,
    run: () => {
      for (let i = 0; i < hashInputs; i += 1) if (hash('sha256', node, encoding).length !== 32) throw new Error('short')
    },
  }))
}

/** As the shard draws salts: many pages' worth at once is its own affair, one call a page is the floor. */
const entropy = (count: number): Uint8Array => randomFillSync(new Uint8Array(count))

function content(count: number) {
  const encoded = Array.from({ length: count }, (_, seq) => encodeEvent(allocated(seq)))
  return { epoch: 1, nowMs: sampleNowMs, directoryVersion: 1, events: encoded }
}

function seal(count: number): Task {
  const page = content(count)
  return {
    name: `journal page, seal ${count} encoded events`,
    items: count,
    run: () => {
      if (sealPage(emptyHead, page, undefined, entropy).hash.length !== 32) throw new Error('a hash of another length')
    },
  }
}

/** All that a page costs before its commit: events to bytes, salts, leaves, root, hash, and the page's bytes. */
function wholePage(count: number): Task {
  const some = Array.from({ length: count }, (_, seq) => allocated(seq))
  const at = { epoch: 1, nowMs: sampleNowMs, directoryVersion: 1 }
  return {
    name: `journal page, ${count} events to the bytes of their page`,
    items: count,
    run: () => {
      const sealed = sealPage(emptyHead, { ...at, events: entriesOfEvents(some) }, undefined, entropy)
      if (encodePage(sealed.page).length === 0) throw new Error('a page without bytes')
    },
  }
}

function pageBytes(): Task {
  const { page } = sealPage(emptyHead, content(events), undefined, entropy)
  return {
    name: `journal page, encode and decode ${events} events`,
    items: events,
    run: () => {
      if (decodePage(encodePage(page)).entries.length !== events) throw new Error('a page does not read back')
    },
  }
}
