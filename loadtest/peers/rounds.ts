/** Two sides in turn, A B B A A B B A: what drifts meanwhile falls on both. */

export interface Pairs<T> {
  readonly ours: readonly T[]
  readonly theirs: readonly T[]
}

export async function interleaved<T>(
  rounds: number,
  ours: () => Promise<T>,
  theirs: () => Promise<T>,
): Promise<Pairs<T>> {
  const pairs = { ours: [] as T[], theirs: [] as T[] }
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const)
    for (const side of order) pairs[side].push(await (side === 'ours' ? ours() : theirs()))
  }
  return pairs
}

/** Ours over theirs, round by round. */
export function ratios<T>({ ours, theirs }: Pairs<T>, figure: (one: T) => number): number[] {
  return ours.map((one, i) => figure(one) / figure(theirs[i]!))
}
