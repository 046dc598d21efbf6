/** Who calls whom: what a Resolve asks, and what its answer is held to. */
import type { ResolveResponse } from '../../daemon/generated/xpool/v1/resolution.js'
import type { LiveBinding } from '../ledger.js'
import { checkResolved, checkStranger } from '../messages.js'
import { stranger } from '../population.js'
import { Random } from '../random.js'
import type { Scene } from './operation.js'

const twoTo32 = 0x1_0000_0000

export interface Question {
  readonly binding: LiveBinding
  readonly fromA: boolean
  /** Set where somebody calls who has no binding. */
  readonly stranger?: string
}

export class Questions {
  readonly #scene: Scene
  readonly #random: Random
  readonly #strangers: number

  /** @param strangers share of the questions that somebody asks who has no binding */
  constructor(scene: Scene, index: number, strangers: number) {
    this.#scene = scene
    this.#random = new Random((scene.options.seed * 65_537 + index) * 61 + scene.share.index)
    this.#strangers = strangers
  }

  /** @throws when there is nothing to ask about */
  next(): Question {
    const binding = this.#scene.lasting.pick(this.#random)
    if (binding === undefined) throw new Error('Resolve needs at least one live binding')
    const fromA = this.#random.below(2) === 0
    if (!this.chance(this.#strangers)) return { binding, fromA }
    return { binding, fromA, stranger: stranger(this.#random.next()) }
  }

  /** A draw that is true in this share of the cases. */
  chance(share: number): boolean {
    return share > 0 && this.#random.next() / twoTo32 < share
  }
}

export function callerOf({ binding, fromA, stranger: caller }: Question): string {
  return caller ?? (fromA ? binding.a : binding.b)
}

/** Whom a party of the binding reaches. */
export function calleeOf({ binding, fromA }: Question): string {
  return fromA ? binding.b : binding.a
}

/** @throws WrongAnswer */
export function checkAnswer(
  response: ResolveResponse | undefined,
  { binding, fromA, stranger: caller }: Question,
): void {
  if (caller === undefined) checkResolved(response, binding, fromA)
  else checkStranger(response)
}
