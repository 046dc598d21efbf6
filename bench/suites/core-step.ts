/**
 * The state machine alone, at steady state: decide and apply one Allocate and
 * one Release of a random binding, in pools filled to different degrees
 * (core-step), and in half full ones of different sizes (core-growth).
 */
import { apply } from '../../daemon/core/apply.js'
import type { Binding } from '../../daemon/core/binding.js'
import type { Command } from '../../daemon/core/commands.js'
import { decide } from '../../daemon/core/decide.js'
import { ShardState } from '../../daemon/core/state.js'
import { draws, proxyNumber, sampleAllocate, sampleBinding, sampleNowMs, samplePool, sampleTenant } from '../sample.js'
import { nothingToClose, type Suite, type Task } from '../suite.js'

const numbers = 2_000
/** Enough for the parties of one call, in the tiniest pool too. */
const numbersMin = 20
const bindingsPerNumber = 100
const fullnesses = [0, 0.5, 0.9, 0.99] as const
const liveBindings = [10_000, 100_000, 1_000_000] as const
const pairsPerCall = 64

export const coreStepSuite: Suite = {
  name: 'core-step',
  async prepare(scale) {
    const inPool = Math.ceil(numbers / scale.shrink)
    const tasks = fullnesses.map((fullness) => steady(`pool ${fullness * 100} % full`, inPool, fullness))
    return { tasks, close: nothingToClose }
  },
}

/** A suite of its own: a million bindings take seconds to make. */
export const coreGrowthSuite: Suite = {
  name: 'core-growth',
  async prepare(scale) {
    const tasks = liveBindings.map((live) => {
      const inPool = Math.max(numbersMin, Math.ceil((2 * live) / bindingsPerNumber / scale.shrink))
      return steady(`${live / 1_000} k live, half full`, inPool, 0.5)
    })
    return { tasks, close: nothingToClose }
  },
}

function steady(name: string, inPool: number, fullness: number): Task {
  const shard = new Shard(inPool)
  const target = Math.floor(inPool * bindingsPerNumber * fullness) - pairsPerCall
  while (shard.live < target) shard.allocate()
  return {
    name: `core step, allocate and release, ${name}`,
    items: pairsPerCall,
    run: () => {
      shard.begin()
      for (let i = 0; i < pairsPerCall; i += 1) {
        shard.allocate()
        shard.releaseAny()
      }
      shard.keep()
    },
  }
}

/** A shard without a store: what is live stands in an array, and a Release is given the same binding with another seq. */
class Shard {
  readonly #state = new ShardState()
  readonly #seqs: Float64Array
  readonly #draw = draws(1)
  readonly #sample: Binding
  #next = 0
  #now = sampleNowMs
  live = 0

  constructor(inPool: number) {
    const sample = sampleBinding(1, 0)
    this.#sample = { ...sample, endMs: Number.MAX_SAFE_INTEGER, terms: { ...sample.terms, cooldownMs: 0 } }
    this.#seqs = new Float64Array(inPool * bindingsPerNumber)
    this.#state.adopt({ type: 'tenant', tenant: sampleTenant() })
    this.#state.adopt({ type: 'pool', pool: { ...samplePool(), maxBindingsPerNumber: bindingsPerNumber } })
    const digits = Array.from({ length: inPool }, (_, i) => proxyNumber(i))
    this.#state.adopt({ type: 'numbers', pool: 1, area: '', first: 0, digits, state: 'IN_SERVICE' })
  }

  begin(): void {
    this.#now += 1
    this.#state.undo.begin()
    this.#state.advance({ nowMs: this.#now })
  }

  keep(): void {
    this.#state.undo.keep()
  }

  allocate(): void {
    this.#seqs[this.live] = this.#run(sampleAllocate(this.#next, this.#draw()), undefined)
    this.live += 1
    this.#next += 1
  }

  releaseAny(): void {
    const at = Math.floor(this.#draw() * this.live)
    const seq = this.#seqs[at]!
    this.live -= 1
    this.#seqs[at] = this.#seqs[this.live]!
    this.#run({ type: 'release', seq, tenant: 1, reason: '' }, { ...this.#sample, seq })
  }

  #run(command: Command, binding: Binding | undefined): number {
    const { outcome, events } = decide(this.#state, command, { known: undefined, binding, calls: undefined }, this.#now)
    if (!outcome.ok) throw new Error(outcome.refusal.reason)
    if (events.length === 0) throw new Error('nothing happened')
    for (const event of events) apply(this.#state, event)
    return outcome.seq
  }
}
