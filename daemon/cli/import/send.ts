/**
 * The parts of an import, sent one after the other under one id. They stay
 * invisible until the part marked last; without it none of them ever goes live.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { XpoolClient } from '../../client/client.js'
import { XpoolError } from '../../client/error.js'
import { FindingError } from '../exit-code.js'
import { grouped } from '../render/table.js'
import type { Part, Progress } from './number-file.js'

/** Refusals of one part that a wait may help before the import is given up. */
const attemptsMax = 10
/** A server that wants a longer wait than this is not going to take the rest soon, ms. */
const waitMaxMs = 10_000

export interface Import {
  readonly pool: string
  readonly importId: string
  /** Numbers in all parts together. */
  readonly total: number
  /** For each part, ms. */
  readonly timeoutMs: number
}

export interface Sent {
  readonly parts: number
}

export interface Told {
  /** Is told the numbers sent so far. */
  readonly progress: Progress
  /** Is told, before the error is thrown, what a failure leaves behind. */
  readonly note: (text: string) => void
}

/**
 * @throws XpoolError as the server refused a part; nothing is live then
 * @throws FindingError when another count went live than was sent
 */
export async function sendParts(
  client: XpoolClient,
  wanted: Import,
  parts: AsyncIterable<Part>,
  told: Told,
): Promise<Sent> {
  let sent = 0
  let count = 0
  let live = 0
  let isLast = false
  // One part is held back, since only then is the last one known to be the last.
  let held: Part | undefined
  const send = async (part: Part) => {
    live = await sendPart(client, wanted, part, isLast)
    sent += part.numbers.length
    count++
    told.progress(sent)
  }
  try {
    for await (const part of parts) {
      if (held !== undefined) await send(held)
      held = part
    }
    isLast = true
    if (held !== undefined) await send(held)
  } catch (error) {
    told.note(leftBehindText(sent, isLast && error instanceof XpoolError && error.unreachable))
    throw error
  }
  if (live !== wanted.total) {
    throw new FindingError(`${grouped(live)} numbers went live, and ${grouped(wanted.total)} were in the file`)
  }
  return { parts: count }
}

/** @param inDoubt the last part was sent, and no answer came */
function leftBehindText(sent: number, inDoubt: boolean): string {
  if (inDoubt) {
    return 'The last part was sent and not answered: all numbers are live, or none. `xpool stats` tells which.'
  }
  const first = 'The import was given up, and none of its numbers is live.'
  if (sent === 0) return first
  return `${first} The ${grouped(sent)} numbers sent so far stay
reserved for up to an hour; import the file again after that.`
}

async function sendPart(client: XpoolClient, wanted: Import, part: Part, last: boolean): Promise<number> {
  const { pool, importId, timeoutMs } = wanted
  const request = { pool, importId, area: part.area, numbers: [...part.numbers], last }
  for (let attempt = 1; ; attempt++) {
    try {
      return (await client.addNumbers(request, { timeoutMs })).live
    } catch (error) {
      const waitMs = waitBefore(error)
      if (waitMs === undefined || attempt >= attemptsMax) throw error
      await sleep(waitMs)
    }
  }
}

/** Only what the daemon itself refused may be sent again: after a broken connection nobody knows whether it was taken. */
function waitBefore(error: unknown): number | undefined {
  if (!(error instanceof XpoolError) || error.domain === '' || error.retryAfterMs === undefined) return undefined
  return error.retryAfterMs <= waitMaxMs ? error.retryAfterMs : undefined
}
