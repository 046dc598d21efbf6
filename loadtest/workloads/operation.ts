/** What a closed loop repeats. One operation is one request or batch in flight. */

import type { Connection } from '../connections.js'
import type { Ledger, LiveBinding } from '../ledger.js'
import type { Place } from '../messages.js'
import type { LoadOptions } from '../options.js'
import type { PartiesOf } from '../population.js'
import type { Step } from '../step.js'

export interface Operation {
  /** Does one step and checks its answers. @throws WrongAnswer, or what broke the connection */
  step(): Promise<Step>
}

/** Which of a run's client processes this is: each has parties and request ids of its own. */
export interface Share {
  /** From 0. */
  readonly index: number
  readonly count: number
}

/** What the operations of a run share. */
export interface Scene {
  /** Changes between the measured parts of a run. */
  options: LoadOptions
  readonly place: Place
  /** Bindings that live as long as the run: whoever resolves them must be connected. */
  readonly lasting: Ledger
  /** Bindings that the run made and may release. */
  readonly passing: Ledger
  /** Bindings that were acknowledged and not yet resolved: the next Resolve must see them (I6). */
  readonly unseen: LiveBinding[]
  /** Index of the next new pair of parties; other processes take those between. */
  nextIndex: number
  /** Who they are, by index. */
  readonly partiesOf: PartiesOf
  readonly share: Share
}

export interface Placed {
  readonly scene: Scene
  readonly connection: Connection
  /** Counts the operations of a run from 0. */
  readonly index: number
}
