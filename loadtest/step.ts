/** What one turn of a loop did. */

export const kinds = ['resolve', 'allocate', 'release', 'report'] as const
export type Kind = (typeof kinds)[number]
/** A batch may hold allocations and releases: its latency is of both. */
export type StepKind = Kind | 'churn'

/** One step of a loop: a unary call or a batch, all of one kind or of allocate and release mixed. */
export interface Step {
  /** Under which its latency is recorded. */
  readonly kind: StepKind
  readonly resolved: number
  readonly allocated: number
  readonly released: number
  readonly reported: number
  /** Reasons of the items that were refused. */
  readonly refused: readonly string[]
}

const nothing: Step = { kind: 'churn', resolved: 0, allocated: 0, released: 0, reported: 0, refused: [] }

export function stepOf(done: Partial<Step> & Pick<Step, 'kind'>): Step {
  return { ...nothing, ...done }
}
