/**
 * What a client that lives through the daemon's crashes knows: what was
 * acknowledged, and what was sent and never answered.
 */
import type { Binding } from '../../daemon/generated/xpool/v1/types.js'
import type { Wanted } from '../e2e/world.js'

/** An operation on a binding that was sent and not answered when the daemon died. */
export type Doubt = { readonly type: 'release' } | { readonly type: 'update'; readonly orderId: string }

export interface Known {
  readonly request: Wanted
  /** As the last acknowledgement gave it. */
  binding: Binding
  doubt: Doubt | undefined
}

export class Ledger {
  readonly known = new Map<string, Known>()
  /** Allocates that were sent and not answered, by request id. */
  readonly unanswered = new Map<string, Wanted>()
  acknowledged = 0

  sent(request: Wanted): void {
    this.unanswered.set(request.requestId!, request)
  }

  allocated(request: Wanted, binding: Binding): void {
    this.unanswered.delete(request.requestId!)
    this.known.set(binding.bindingId, { request, binding, doubt: undefined })
    this.acknowledged += 1
  }

  refused(request: Wanted): void {
    this.unanswered.delete(request.requestId!)
  }

  changed(known: Known, binding: Binding): void {
    known.binding = binding
    known.doubt = undefined
    this.acknowledged += 1
  }
}

/** Whether a binding, as it is after a restart, is what was acknowledged, or that and all of what was in doubt. */
export function permitted(known: Known, found: Binding): boolean {
  const { binding: last, doubt } = known
  const same = found.revision === last.revision && found.orderId === last.orderId && found.endMs === last.endMs
  if (same && found.state === last.state) return true
  if (doubt === undefined || found.revision !== last.revision + 1) return false
  if (doubt.type === 'update') return found.orderId === doubt.orderId && found.endMs === last.endMs
  return found.orderId === last.orderId && found.releaseReason === 'crash' && found.endMs < last.endMs
}
