/** What an Allocate wants of the numbers of a pool. */
import type { Mode, NumberRef, Selection, TenantId } from './binding.js'
import type { AllocateCommand } from './commands.js'
import type { WantedKey } from './conflict.js'
import { compileRoutes, modes, type Route } from './modes.js'
import type { Plan } from './plan-allocate.js'
import type { PoolState } from './pool-state.js'
import { mayHold } from './quotas.js'
import type { ShardState } from './state.js'
import type { TenantState } from './tenant-state.js'

export interface Wish {
  readonly tenant: TenantId
  readonly pool: PoolState
  readonly mode: Mode
  readonly selection: Selection
  readonly areas: readonly string[]
  readonly areaStrict: boolean
  readonly draw: number
  /** The keys that X, and in AXYB Y, must have free. */
  readonly onX: readonly WantedKey[]
  readonly onY: readonly WantedKey[]
  readonly x: NumberRef | undefined
  readonly y: NumberRef | undefined
  /** Numbers that the tenant may newly hold. */
  readonly mayHold: number
}

const placeholderX: NumberRef = { ordinal: 0, digits: 'x' }
const placeholderY: NumberRef = { ordinal: 1, digits: 'y' }

/**
 * The routes compiled on placeholder numbers tell which keys each side must have
 * free. An extension that is to be chosen is free on whichever number is chosen.
 */
export function wishOf(
  state: ShardState,
  command: AllocateCommand,
  tenant: TenantState,
  pool: PoolState,
  { window, terms }: Plan,
): Wish {
  const freeAtMs = window.endMs + terms.cooldownMs
  const key = (route: Route): WantedKey => ({
    key: route.key,
    owner: route.owner,
    tenant: command.tenant,
    startMs: window.startMs,
    endMs: window.endMs,
    freeAtMs,
    cause: route.key.kind === 'EXACT' && route.key.party === command.a.number ? 'in_use_by_a' : 'in_use_by_b',
    exceptSeq: undefined,
    adds: true,
  })
  const { mode, a, b, members, extension } = command
  const y = modes[mode].needsY ? placeholderY : undefined
  const onX: WantedKey[] = []
  const onY: WantedKey[] = []
  for (const route of compileRoutes({ mode, a, b, members, extension, x: placeholderX, y, terms })) {
    if (route.key.kind === 'EXTENSION' && route.key.extension === '') continue
    if (route.on === placeholderX) onX.push(key(route))
    else onY.push(key(route))
  }
  return {
    tenant: command.tenant,
    pool,
    mode: command.mode,
    selection: command.selection ?? pool.policy.selection,
    areas: command.areas,
    areaStrict: command.areaStrict,
    draw: command.draw,
    onX,
    onY,
    x: command.x,
    y: command.y,
    mayHold: mayHold(state, tenant),
  }
}
