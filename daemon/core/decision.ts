import type { Outcome } from './commands.js'
import type { ShardEvent } from './events.js'

/** What the core says to a command: the answer, and what happened for it. */
export interface Decision {
  readonly outcome: Outcome
  readonly events: readonly ShardEvent[]
}
