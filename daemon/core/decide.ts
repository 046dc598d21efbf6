/**
 * The core's one question: what is to be answered to this command, and what
 * happened for it? Pure: it reads state, command, facts and `now`, and changes nothing.
 */
import type { Command, CommandFacts } from './commands.js'
import { decideAllocate } from './decide-allocate.js'
import { decideRelease } from './decide-release.js'
import { decideReport } from './decide-report.js'
import { decideUpdate } from './decide-update.js'
import type { Decision } from './decision.js'
import type { ShardState } from './state.js'

/** @param now unix ms; a time before the state's own counts as the state's (I9) */
export function decide(state: ShardState, command: Command, facts: CommandFacts, now: number): Decision {
  const at = state.clamp(now)
  switch (command.type) {
    case 'allocate':
      return decideAllocate(state, command, facts, at)
    case 'release':
      return decideRelease(command, facts, at)
    case 'update':
      return decideUpdate(state, command, facts, at)
    case 'report-call':
      return decideReport(state, command, facts, at)
  }
}
