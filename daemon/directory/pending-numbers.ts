/** Numbers as they will be once the page that is being gathered is written: what the rows do not know yet. */
import type { Digits } from '../core/binding.js'
import type { DirectoryEvent } from '../store/directory-event.js'
import { digitsOf } from '../store/directory-number-key.js'
import type { HeldNumber } from './state.js'

export class PendingNumbers {
  readonly #numbers = new Map<Digits, HeldNumber>()

  get(digits: Digits): HeldNumber | undefined {
    return this.#numbers.get(digits)
  }

  /** @param present looks up what a number is before the event */
  note(event: DirectoryEvent, present: (digits: Digits) => HeldNumber | undefined): void {
    if (event.type === 'numbers') this.#add(event)
    if (event.type !== 'number-states') return
    for (const digits of digitsOf(event.keys)) {
      const before = present(digits)
      if (before === undefined) continue
      this.#numbers.set(digits, { ...before, state: event.state, stateBefore: event.stateBefore })
    }
  }

  clear(): void {
    this.#numbers.clear()
  }

  #add(event: Extract<DirectoryEvent, { type: 'numbers' }>): void {
    const { shard, first, pool, part } = event
    let ordinal = first
    for (const digits of digitsOf(event.keys)) {
      const fresh = { state: 'IN_SERVICE', stateBefore: 'IN_SERVICE' } as const
      this.#numbers.set(digits, { digits, shard, ordinal, pool, ...fresh, importId: part })
      ordinal += 1
    }
  }
}
