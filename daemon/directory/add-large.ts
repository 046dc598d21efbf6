/**
 * AddNumbers for more numbers than one commit should hold. They are written as
 * a part that nobody sees, a page at a time, and the last page makes it whole,
 * and live where nothing more is to come. A crash in between leaves a part that
 * is not whole: the next start drops it before it decides anything.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Digits } from '../core/binding.js'
import { numbersBetween, numbersIn } from '../store/directory-number-key.js'
import type { DirectoryAnswer, DirectoryCommand } from './commands.js'
import { addGate, decideAddNumbers } from './decide-numbers.js'
import { directoryLimits } from './limits.js'
import type { PageWriter } from './page-writer.js'
import type { PreparedNumbers } from './prepared-numbers.js'
import type { DirectoryRefusal } from './refusal.js'

type AddNumbers = Extract<DirectoryCommand, { type: 'add-numbers' }>

export async function addLarge(
  pages: PageWriter,
  command: AddNumbers,
  prepared: PreparedNumbers | DirectoryRefusal,
): Promise<DirectoryAnswer> {
  const gate = addGate(pages.model, command)
  if (gate !== undefined) return gate
  const held = prepared.ok ? await firstHeld(pages, prepared.keys) : undefined
  const decision = decideAddNumbers(pages.model, command, { prepared, held }, pages.now())
  for (const page of decision.pages) {
    await pages.write(page)
    await nextTurn()
  }
  return decision.answer
}

/** Looks at all numbers, and lets the event loop turn between slices of them. */
async function firstHeld(pages: PageWriter, keys: Uint8Array): Promise<Digits | undefined> {
  const count = numbersIn(keys)
  for (let from = 0; from < count; from += directoryLimits.numbersPerPage) {
    const held = pages.firstHeld(numbersBetween(keys, from, Math.min(count, from + directoryLimits.numbersPerPage)))
    if (held !== undefined) return held
    await nextTurn()
  }
  return undefined
}
