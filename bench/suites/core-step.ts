/**
 * The state machine alone, at steady state: decide and apply one Allocate and
 * one Release of a random binding, in pools filled to different degrees.
 */
import { apply } from '../../daemon/core/apply.js'
import type { Binding } from '../../daemon/core/binding.js'
import type { Command } from '../../daemon/core/commands.js'
import { decide } from '../../daemon/core/decide.js'
import { ShardState } from '../../daemon/core/state.js'
import { draws, proxyNumber, sampleAllocate, sampleNowMs, samplePool, sampleTenant } from '../sample.js'
import { nothingToClose, type Suite, type Task } from '../suite.js'

const numbers = 2_000
const bindingsPerNumber = 100
const fullnesses = [0.5, 0.9, 0.99] as const
const pairsPerCall = 64

export const coreStepSuite: Suite = {
  name: 'core-step',
  async prepare(scale) {
    const inPool = Math.ceil(numbers / scale.shrink)
    return { tasks: fullnesses.map((fullness) => steady(inPool, fullness)), close: nothingToClose }
  },
}

function steady(inPool: number, fullness: number): Task {
  const shard = new Shard(inPool)
  const target = Math.floor(inPool * bindingsPerNumber * fullness) - pairsPerCall
  while (shard.live < target) shard.allocate()
  return {
    name: `core step, allocate and release, pool ${fullness * 100} % full`,
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

/** A shard without a store: what is live stands in an array. */
class Shard {
  readonly #state = new ShardState()
  readonly #live: Binding[] = []
  readonly #draw = draws(1)
  #next = 0
  #now = sampleNowMs

  constructor(inPool: number) {
    this.#state.adopt({ type: 'tenant', tenant: sampleTenant() })
    this.#state.adopt({ type: 'pool', pool: { ...samplePool(), maxBindingsPerNumber: bindingsPerNumber } })
    const digits = Array.from({ length: inPool }, (_, i) => proxyNumber(i))
    this.#state.adopt({ type: 'numbers', pool: 1, area: '', first: 0, digits, state: 'IN_SERVICE' })
  }

  get live(): number {
    return this.#live.length
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
    this.#run(sampleAllocate(this.#next, this.#draw()), undefined)
    this.#next += 1
  }

  releaseAny(): void {
    const at = Math.floor(this.#draw() * this.#live.length)
    const binding = this.#live[at]!
    this.#live[at] = this.#live.at(-1)!
    this.#live.pop()
    this.#run({ type: 'release', seq: binding.seq, tenant: 1, reason: '' }, binding)
  }

  #run(command: Command, binding: Binding | undefined): void {
    const { outcome, events } = decide(this.#state, command, { known: undefined, binding, calls: undefined }, this.#now)
    if (!outcome.ok) throw new Error(outcome.refusal.reason)
    for (const event of events) {
      apply(this.#state, event)
      if (event.type === 'allocated') this.#live.push(event.binding)
    }
  }
}
