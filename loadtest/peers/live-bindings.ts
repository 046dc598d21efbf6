/** Moves what is known to be live between those that last and those that churn may release. */
import type { Ledger, LiveBinding } from '../ledger.js'
import { Random } from '../random.js'

/** Takes any of them, at most so many. */
export function takeMany(ledger: Ledger, random: Random, most: number): LiveBinding[] {
  const taken: LiveBinding[] = []
  while (taken.length < most) {
    const one = ledger.take(random)
    if (one === undefined) break
    taken.push(one)
  }
  return taken
}

/** All of them, which stay; in no order. */
export function bindingsOf(ledger: Ledger): LiveBinding[] {
  const all = takeMany(ledger, new Random(1), ledger.size)
  for (const one of all) ledger.add(one)
  return all
}

/**
 * Gives churn a share of what lives to release. Without it a release would find
 * the bindings that were made a moment ago, on the pages that are hot anyway;
 * a pool at steady state ends bindings of any age.
 * @param share from 0 to 1
 */
export function giveToChurn(from: Ledger, to: Ledger, share: number): void {
  for (const one of takeMany(from, new Random(1), Math.floor(from.size * share))) to.add(one)
}
