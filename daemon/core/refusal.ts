import type { Outcome, Refusal, RefusalReason } from './commands.js'

export function refuse(
  reason: RefusalReason,
  message: string,
  more: Omit<Refusal, 'reason' | 'message'> = {},
): Refusal {
  return { reason, message, ...more }
}

export function refused(refusal: Refusal): Outcome {
  return { ok: false, refusal }
}
