/**
 * The order in which a policy suggests numbers that carry one binding at a time
 * (AX). Of those in use, only the ones with a gap for the window are looked at
 * (gap-tree.ts), and the few that A is on already, where a cooldown may be cut
 * at a later reservation of the same A: O(k log n).
 */
import type { Ordinal, Selection } from './binding.js'
import { among, firstIdle, longestIdle, nth, type Scope, type Suggest } from './candidate-scope.js'
import type { WantedGap } from './gap-tree.js'
import type { NumberTable } from './number-table.js'
import type { AreaState } from './pool-state.js'

export const exclusiveBySelection: Record<Selection, Suggest> = { PACK: pack, SPREAD: spread, RANDOM: random }

/** PACK: no idle number while one in use has a gap; the latest gap first, so that long ones stay whole. */
function pack(areas: readonly AreaState[], scope: Scope, _draw: number, numbers: NumberTable): Ordinal | undefined {
  return own(areas, scope, numbers) ?? inGap(areas, scope, gapOf(scope), true) ?? firstIdle(areas, scope)
}

/** SPREAD: idle numbers first, then those free for longest by the start of the window. */
function spread(areas: readonly AreaState[], scope: Scope, _draw: number, numbers: NumberTable): Ordinal | undefined {
  return longestIdle(areas, scope, numbers) ?? inEarliestGap(areas, scope) ?? own(areas, scope, numbers)
}

/** RANDOM: an idle number or one in use, as the draw falls; of those in use, on from a gap that was drawn. */
function random(areas: readonly AreaState[], scope: Scope, draw: number, numbers: NumberTable): Ordinal | undefined {
  const idle = scope.idleFits ? areas.map((area) => area.idle) : []
  const inUse = areas.map((area) => area.withRoom.EXCLUSIVE)
  const idleSize = idle.reduce((sum, list) => sum + list.size, 0)
  const total = inUse.reduce((sum, list) => sum + list.size, idleSize)
  const drawn = Math.floor(draw * total)
  if (drawn < idleSize) return nth(idle, drawn)
  const anyIdle = () => (idleSize > 0 ? nth(idle, Math.floor(draw * idleSize)) : undefined)
  if (drawn >= total) return own(areas, scope, numbers) ?? anyIdle()
  const pivot = nth(inUse, drawn - idleSize)
  const wanted = gapOf(scope)
  const fromMs = numbers.areaOf(pivot).gaps.firstStartOf(pivot) ?? 0
  return (
    inGap(areas, scope, { ...wanted, fromMs }, false) ??
    inGap(areas, scope, wanted, false) ??
    own(areas, scope, numbers) ??
    anyIdle()
  )
}

function own(areas: readonly AreaState[], scope: Scope, numbers: NumberTable): Ordinal | undefined {
  return among(scope.exclusive?.own ?? [], areas, scope, numbers)
}

function gapOf({ exclusive }: Scope): WantedGap {
  return { startMs: exclusive?.startMs ?? 0, endMs: exclusive?.endMs ?? 0, fromMs: 0 }
}

function inGap(areas: readonly AreaState[], scope: Scope, wanted: WantedGap, latest: boolean): Ordinal | undefined {
  for (const area of areas) {
    for (const ordinal of area.gaps.fitting(wanted, latest)) if (scope.fits(ordinal)) return ordinal
  }
  return undefined
}

function inEarliestGap(areas: readonly AreaState[], scope: Scope): Ordinal | undefined {
  const wanted = gapOf(scope)
  let best: { ordinal: Ordinal; startMs: number } | undefined
  for (const area of areas) {
    const ordinal = inGap([area], scope, wanted, false)
    const startMs = ordinal === undefined ? undefined : area.gaps.startOf(ordinal, wanted)
    if (ordinal === undefined || startMs === undefined) continue
    if (best === undefined || startMs < best.startMs) best = { ordinal, startMs }
  }
  return best?.ordinal
}
