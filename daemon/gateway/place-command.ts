/** A request that passed its checks: the command, and the shard that decides it. */
import type { TenantId } from '../core/binding.js'
import { type BindingPlace, parseBindingId } from '../core/binding-id.js'
import type { NumberRule } from '../core/canonical-number.js'
import type { Command } from '../core/commands.js'
import type { DirectoryView } from '../directory/view.js'
import type { Check } from './check.js'
import { Failure } from './failure.js'

export interface PlacedCommand<C extends Command = Command> {
  readonly shard: number
  readonly command: C
}

/** What reading a request stands on. */
export interface Surroundings {
  /** Refreshed by the caller, once for each batch. */
  readonly directory: DirectoryView
  readonly rules: readonly NumberRule[]
  readonly shards: number
  /** The process clock: bans have an expiry. */
  readonly clock: { now(): number }
  /** Whose binding stands in a place, for ever; undefined where none does. Reads the store. */
  readonly tenantOf: (place: BindingPlace) => TenantId | undefined
}

/** The place that an id names; a text that no daemon made names no binding. */
export function placeOf(check: Check, bindingId: string, shards: number): BindingPlace | Failure {
  if (bindingId === '') check.refuse('FIELD_REQUIRED', 'binding_id', 'binding_id is required')
  if (check.fault !== undefined) return check.fault
  const place = parseBindingId(bindingId)
  return place === undefined || place.shard >= shards ? bindingNotFound : place
}

export const bindingNotFound = new Failure('BINDING_NOT_FOUND', 'no such binding', { field: 'binding_id' })

/** The tenant that a request may name to see only its own bindings; undefined: none was named. */
export function tenantIfNamed(directory: DirectoryView, name: string): TenantId | undefined | Failure {
  if (name === '') return undefined
  return directory.tenantByName(name)?.id ?? tenantNotFound
}

export const tenantNotFound = new Failure('TENANT_NOT_FOUND', 'no such tenant', { field: 'tenant' })
export const poolNotFound = new Failure('POOL_NOT_FOUND', 'no such pool', { field: 'pool' })
