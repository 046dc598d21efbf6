/**
 * The admin state of a number, and where a wanted state leads from each.
 *
 *   IN_SERVICE <--> DRAINING <---> RETIRED      RETIRED goes back to IN_SERVICE at once
 *        |             |              |
 *        v             v              v
 *        FROZEN / QUARANTINED                   lifted by IN_SERVICE: back to the state before
 *
 * A risk rule's quarantine never replaces an operator's freeze, so that lifting
 * the one never lifts the other. Draining a frozen number takes effect when the
 * freeze is lifted.
 */
import type { NumberState } from '../core/directory.js'

/** A state with the one that lifting it goes back to: the same unless frozen or quarantined. */
export interface StandingState {
  readonly state: NumberState
  readonly stateBefore: NumberState
}

/** undefined: that state cannot be reached from there. */
type Next = (now: StandingState) => StandingState | undefined

const stays: Next = (now) => now
const never: Next = () => undefined
const becomes = (state: NumberState): Next => {
  const standing = { state, stateBefore: state }
  return () => standing
}
const held =
  (state: NumberState): Next =>
  (now) => ({ state, stateBefore: now.stateBefore })
const lifted: Next = ({ stateBefore }) => ({ state: stateBefore, stateBefore })
const drainsLater: Next = ({ state }) => ({ state, stateBefore: 'DRAINING' })

/** transitions[from][wanted] */
const transitions: Readonly<Record<NumberState, Readonly<Record<NumberState, Next>>>> = {
  IN_SERVICE: {
    IN_SERVICE: stays,
    DRAINING: becomes('DRAINING'),
    FROZEN: held('FROZEN'),
    QUARANTINED: held('QUARANTINED'),
    RETIRED: never,
  },
  DRAINING: {
    IN_SERVICE: becomes('IN_SERVICE'),
    DRAINING: stays,
    FROZEN: held('FROZEN'),
    QUARANTINED: held('QUARANTINED'),
    RETIRED: becomes('RETIRED'),
  },
  FROZEN: {
    IN_SERVICE: lifted,
    DRAINING: drainsLater,
    FROZEN: stays,
    QUARANTINED: stays,
    RETIRED: becomes('RETIRED'),
  },
  QUARANTINED: {
    IN_SERVICE: lifted,
    DRAINING: drainsLater,
    FROZEN: held('FROZEN'),
    QUARANTINED: stays,
    RETIRED: becomes('RETIRED'),
  },
  RETIRED: {
    IN_SERVICE: becomes('IN_SERVICE'),
    DRAINING: becomes('DRAINING'),
    FROZEN: held('FROZEN'),
    QUARANTINED: held('QUARANTINED'),
    RETIRED: stays,
  },
}

/** Where the wanted state leads; undefined where it cannot be reached. RETIRED takes numbers without a route alone. */
export function nextState(now: StandingState, wanted: NumberState): StandingState | undefined {
  return transitions[now.state][wanted](now)
}
