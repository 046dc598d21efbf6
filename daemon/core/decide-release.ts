/** Release: ends a binding now. Releasing again answers OK; a booking that has not begun frees its keys at once. */
import type { CommandFacts, ReleaseCommand } from './commands.js'
import type { Decision } from './decision.js'
import { refuse, refused } from './refusal.js'

export function decideRelease(command: ReleaseCommand, { binding }: CommandFacts, now: number): Decision {
  if (binding === undefined || (command.tenant !== undefined && binding.tenant !== command.tenant)) {
    return { outcome: refused(refuse('BINDING_NOT_FOUND', 'no such binding', { field: 'binding_id' })), events: [] }
  }
  const outcome = { ok: true, seq: binding.seq, replayed: false } as const
  if (binding.released || binding.endMs <= now) return { outcome, events: [] }
  const begun = binding.startMs <= now
  return {
    outcome,
    events: [
      {
        type: 'released',
        seq: binding.seq,
        tenant: binding.tenant,
        revision: binding.revision + 1,
        endMs: now,
        freeAtMs: begun ? Math.max(now, binding.heldUntilMs) + binding.terms.cooldownMs : now,
        reason: command.reason,
      },
    ],
  }
}
