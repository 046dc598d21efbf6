/** Ends that are announced: which bindings are to be told of as expiring soon, and when. */
import type { BindingSlot } from './binding-table.js'
import type { ShardState } from './state.js'

/** Where its tenant wants to be told, an end is announced so long before; at the start of a shorter window. */
export function toBeAnnounced(state: ShardState, slot: BindingSlot): void {
  const atMs = announcedAtMs(state, slot)
  if (atMs === undefined) return
  state.expirings.add(slot, atMs)
}

/** When a binding's end is to be announced, unix ms; undefined where its tenant does not want to be told. */
export function announcedAtMs({ bindings, tenants }: ShardState, slot: BindingSlot): number | undefined {
  const leadMs = tenants.get(bindings.tenant.get(slot))?.facts.policies.expiringLeadMs ?? 0
  if (leadMs === 0) return undefined
  return Math.max(bindings.endMs.get(slot) - leadMs, bindings.startMs.get(slot))
}

/** An end that moved is announced anew, if its time is still to come. */
export function announceAnew(state: ShardState, slot: BindingSlot): void {
  announced(state, slot)
  if ((announcedAtMs(state, slot) ?? 0) > state.nowMs) toBeAnnounced(state, slot)
}

/** It was announced, or there is nothing to announce any more. */
export function announced({ expirings }: ShardState, slot: BindingSlot): void {
  if (expirings.has(slot)) expirings.remove(slot)
}
