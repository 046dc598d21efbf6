/** Who is bound to whom at one instant: a multigraph of parties, each binding an edge. */
export class PartyGraph {
  readonly #links = new Map<number, Map<number, number>>()
  readonly #degrees = new Map<number, number>()

  /** Bindings of a party. */
  degree(party: number): number {
    return this.#degrees.get(party) ?? 0
  }

  /** Bindings between two parties. */
  between(a: number, b: number): number {
    return this.#links.get(a)?.get(b) ?? 0
  }

  /** The parties that one is bound to, each with how many bindings. */
  partnersOf(party: number): ReadonlyMap<number, number> {
    return this.#links.get(party) ?? nobody
  }

  bind(a: number, b: number): void {
    this.#count(a, b, 1)
    this.#count(b, a, 1)
  }

  unbind(a: number, b: number): void {
    this.#count(a, b, -1)
    this.#count(b, a, -1)
  }

  #count(from: number, to: number, delta: 1 | -1): void {
    const links = this.#links.get(from) ?? new Map<number, number>()
    this.#links.set(from, links)
    setOrDrop(links, to, (links.get(to) ?? 0) + delta)
    if (links.size === 0) this.#links.delete(from)
    setOrDrop(this.#degrees, from, this.degree(from) + delta)
  }
}

const nobody: ReadonlyMap<number, number> = new Map()

function setOrDrop(counts: Map<number, number>, key: number, count: number): void {
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

/**
 * How many numbers some odd set of parties around the two needs. Bindings on one number share no party, so an odd set
 * S has at most floor(|S| / 2) of them on it, and needs ceil(bindings within S / floor(|S| / 2)) numbers. S grows
 * from the two by whoever has the most bindings into it; the best S on the way counts. Any S gives a true bound,
 * so that a greedy search can only miss, never exaggerate.
 */
export function denseOddSet(graph: PartyGraph, one: number, two: number, partiesMost: number): number {
  const inside = new Set<number>()
  const into = new Map<number, number>()
  let bindings = 0
  const add = (party: number) => {
    bindings += into.get(party) ?? 0
    into.delete(party)
    inside.add(party)
    for (const [other, count] of graph.partnersOf(party)) {
      if (!inside.has(other)) into.set(other, (into.get(other) ?? 0) + count)
    }
  }
  add(one)
  if (!into.has(two)) return 0
  add(two)
  let best = 0
  while (inside.size < partiesMost && into.size > 0) {
    add(mostOf(into))
    if (inside.size % 2 === 1) best = Math.max(best, Math.ceil(bindings / ((inside.size - 1) / 2)))
  }
  return best
}

function mostOf(counts: ReadonlyMap<number, number>): number {
  let best = -1
  let most = 0
  for (const [party, count] of counts) {
    if (count > most) {
      best = party
      most = count
    }
  }
  return best
}
