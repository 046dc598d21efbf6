/** Gathers numbers into facts: consecutive ordinals of one pool, area and state stand in one, up to a bound. */
import type { Digits, Ordinal } from '../core/binding.js'
import type { DirectoryFact, NumberState } from '../core/directory.js'
import type { Extent } from '../store/directory-extent.js'
import { numberKeyBytes, numbersIn, readDigits } from '../store/directory-number-key.js'
import { directoryLimits } from './limits.js'

interface Run {
  readonly pool: number
  readonly area: string
  readonly state: NumberState
  readonly first: Ordinal
  readonly digits: Digits[]
}

export class FactRuns {
  readonly #facts: DirectoryFact[] = []
  #run: Run | undefined

  /** @param stateOf what is known of numbers that are not in service; those that are gone are left out */
  add(extent: Extent, area: string, stateOf: ReadonlyMap<Ordinal, NumberState | 'GONE'>): void {
    const count = numbersIn(extent.keys)
    for (let i = 0; i < count; i += 1) {
      const ordinal = extent.first + i
      const state = stateOf.size === 0 ? 'IN_SERVICE' : (stateOf.get(ordinal) ?? 'IN_SERVICE')
      if (state === 'GONE') continue
      this.#runFor(extent.pool, area, state, ordinal).digits.push(readDigits(extent.keys, i * numberKeyBytes))
    }
  }

  /** Everything gathered; begins anew. */
  take(): DirectoryFact[] {
    this.#close()
    return this.#facts.splice(0)
  }

  #runFor(pool: number, area: string, state: NumberState, ordinal: Ordinal): Run {
    const run = this.#run
    const goesOn =
      run !== undefined &&
      run.first + run.digits.length === ordinal &&
      run.state === state &&
      run.pool === pool &&
      run.area === area &&
      run.digits.length < directoryLimits.numbersPerFact
    if (goesOn) return run
    this.#close()
    const next: Run = { pool, area, state, first: ordinal, digits: [] }
    this.#run = next
    return next
  }

  #close(): void {
    if (this.#run !== undefined) this.#facts.push({ type: 'numbers', ...this.#run })
    this.#run = undefined
  }
}
