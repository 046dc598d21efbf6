/**
 * Whether a chosen number is one that the policy permits. Only what the rules
 * settle is judged: where two readings differ, both pass.
 */
import type { Selection } from '../../daemon/core/binding.js'
import type { Candidate } from './naive-fit.js'
import type { NaiveNumber, NaiveShard } from './naive-shard.js'

export interface Choice {
  readonly chosen: Candidate
  readonly choices: readonly Candidate[]
  readonly selection: Selection
  readonly areas: readonly string[]
}

interface Swap {
  readonly from: NaiveNumber
  readonly to: NaiveNumber
}

/** A complaint, or undefined. */
export function judgeChoice(shard: NaiveShard, now: number, choice: Choice): string | undefined {
  const { chosen, areas } = choice
  const sure = choice.choices.filter((found) => found.fit === 'yes')
  const rank = (number: NaiveNumber) => (areas.includes(number.area) ? areas.indexOf(number.area) : areas.length)
  const nearest = (found: Candidate) => found.numbers.every((number, i) => rank(number) <= rank(chosen.numbers[i]!))
  const stickier = sure.find((found) => found.sticky === 'yes' && nearest(found))
  if (stickier !== undefined && !chosen.takesOver) return `sticky: the pair is cooling on ${name(stickier)}`
  if (chosen.takesOver) return undefined
  const rivals = swaps(
    chosen,
    sure.filter((found) => !found.takesOver),
  )
  // For Y the rules do not say how its area is weighed against X's.
  const nearer = rivals.find(({ from, to }) => from === chosen.x && rank(to) < rank(from))
  if (nearer !== undefined) return `areas: ${nearer.to.digits} fits in a preferred area`
  const equals = rivals.filter(({ from, to }) => rank(to) === rank(from))
  if (choice.selection === 'PACK') return judgePack(shard, now, equals)
  return choice.selection === 'SPREAD' ? judgeSpread(shard, now, equals) : undefined
}

function judgePack(shard: NaiveShard, now: number, rivals: readonly Swap[]): string | undefined {
  const unused = (number: NaiveNumber) => !isHeld(shard, now, number)
  const inUse = (number: NaiveNumber) => shard.liveOn(number.ordinal, now) > 0
  const better = rivals.find(({ from, to }) => unused(from) && inUse(to))
  return better && `PACK: ${better.from.digits} was opened anew while ${better.to.digits}, in use, fits`
}

/** A number that rested longer by every measure there is comes first. */
function judgeSpread(shard: NaiveShard, now: number, rivals: readonly Swap[]): string | undefined {
  for (const { from, to } of rivals) {
    // The rules do not say whether a number rests while out of service, or what a restart remembers of it.
    if (from.interrupted || to.interrupted) continue
    const mine = restedSince(shard, now, from)
    const theirs = restedSince(shard, now, to)
    if (theirs.every((since, i) => since < mine[i]!)) {
      return `SPREAD: ${to.digits} has rested longer than ${from.digits}`
    }
  }
  return undefined
}

/** The choices that differ from the chosen one in one number. */
function swaps(chosen: Candidate, rivals: readonly Candidate[]): Swap[] {
  return rivals.flatMap((rival) => {
    const differing = rival.numbers.flatMap((to, i) =>
      to === chosen.numbers[i] ? [] : [{ from: chosen.numbers[i]!, to }],
    )
    return differing.length === 1 ? differing : []
  })
}

function isHeld(shard: NaiveShard, now: number, number: NaiveNumber): boolean {
  return shard.held.some((held) => held.ordinal === number.ordinal && held.freeAt > now)
}

/** Last acknowledgement, last end, last freedom; Infinity while it is not over, -1 where there was none. */
function restedSince(shard: NaiveShard, now: number, number: NaiveNumber): number[] {
  const past = shard.bindings.filter(
    (binding) => binding.x.ordinal === number.ordinal || binding.y?.ordinal === number.ordinal,
  )
  const held = shard.held.filter((one) => one.ordinal === number.ordinal)
  const over = (times: number[]) => times.map((time) => (time > now ? Infinity : time))
  return [
    past.map((binding) => binding.createdMs),
    over(past.map((binding) => binding.endMs)),
    over(held.map((one) => Math.min(one.freeAt, ...shard.successors(one).map((next) => next.from)))),
  ].map((times) => Math.max(-1, ...times))
}

function name(found: Candidate): string {
  return found.numbers.map((number) => number.digits).join('+')
}
