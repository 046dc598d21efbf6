/**
 * Modes are templates of routes: data, no code. Whoever adds a mode adds an
 * entry here; allocator, store and Resolve read routes and never ask for the mode.
 *
 *   AXB   on X: exact(A) -> B, shows X      AXYB  on Y: exact(A) -> B, shows X
 *         on X: exact(B) -> A, shows X            on X: exact(B) -> A, shows Y
 *   AX    on X: any      -> A, shows X      AXE   on X: extension(E) -> A, shows X
 *         on X: exact(A) -> call-back             on X: exact(A) -> call-back
 *   AXG   on X: exact(m) -> A for each member m, and for a FIXED call-back number
 *         on X: exact(A) -> call-back
 */
import type { Binding, BoundParty, Callback, Digits, Mode, NumberRef, Terms } from './binding.js'

/** What kind of routes a number carries at present; the kinds never mix on a number (I3). */
export type Family = 'PAIR' | 'EXTENSION' | 'EXCLUSIVE'

/** Whom a route answers. */
export type CallerKey =
  | { readonly kind: 'EXACT'; readonly party: Digits }
  | { readonly kind: 'EXTENSION'; readonly extension: string }
  | { readonly kind: 'ANY' }

/** What a route is for. CALLBACK routes reach whom Terms.callback says. */
export type RouteRole = 'PARTY' | 'CALLBACK'

/** Where a number stands in a mode: dialled by the callers of a route, or shown to its callee. */
type Side = 'X' | 'Y'

interface RouteTemplate {
  readonly on: Side
  readonly caller: 'A' | 'B' | 'EACH_MEMBER' | 'ANY' | 'EXTENSION'
  readonly callee: 'A' | 'B' | 'CALLBACK'
  readonly display: Side
}

interface ModeTemplate {
  readonly family: Family
  readonly needsB: boolean
  readonly needsMembers: boolean
  readonly needsY: boolean
  readonly needsExtension: boolean
  readonly hasCallback: boolean
  readonly routes: readonly RouteTemplate[]
}

const none = {
  needsB: false,
  needsMembers: false,
  needsY: false,
  needsExtension: false,
  hasCallback: false,
} as const

export const modes: Readonly<Record<Mode, ModeTemplate>> = {
  AXB: {
    ...none,
    family: 'PAIR',
    needsB: true,
    routes: [
      { on: 'X', caller: 'A', callee: 'B', display: 'X' },
      { on: 'X', caller: 'B', callee: 'A', display: 'X' },
    ],
  },
  AXYB: {
    ...none,
    family: 'PAIR',
    needsB: true,
    needsY: true,
    routes: [
      { on: 'Y', caller: 'A', callee: 'B', display: 'X' },
      { on: 'X', caller: 'B', callee: 'A', display: 'Y' },
    ],
  },
  AX: {
    ...none,
    family: 'EXCLUSIVE',
    hasCallback: true,
    routes: [
      { on: 'X', caller: 'ANY', callee: 'A', display: 'X' },
      { on: 'X', caller: 'A', callee: 'CALLBACK', display: 'X' },
    ],
  },
  AXE: {
    ...none,
    family: 'EXTENSION',
    needsExtension: true,
    hasCallback: true,
    routes: [
      { on: 'X', caller: 'EXTENSION', callee: 'A', display: 'X' },
      { on: 'X', caller: 'A', callee: 'CALLBACK', display: 'X' },
    ],
  },
  AXG: {
    ...none,
    family: 'PAIR',
    needsMembers: true,
    hasCallback: true,
    routes: [
      { on: 'X', caller: 'EACH_MEMBER', callee: 'A', display: 'X' },
      { on: 'X', caller: 'A', callee: 'CALLBACK', display: 'X' },
    ],
  },
}

/** One compiled route: on this number, this caller key reaches this callee. */
export interface Route {
  readonly on: NumberRef
  readonly key: CallerKey
  readonly role: RouteRole
  /** The party reached; for a CALLBACK route the fixed number, or empty. */
  readonly callee: string
  /** Whose route it is in a take-over: the callee, or A for a CALLBACK route. */
  readonly owner: Digits
  readonly display: Digits
  /** From whom to whom a call on this route goes. */
  readonly direction: 'A_TO_B' | 'B_TO_A'
  /** From when the caller's party owns the route; 0 where no party does. */
  readonly sinceMs: number
  /** Whether the caller key is a party of the binding, and counts in its per-party quotas. */
  readonly callerIsParty: boolean
}

/** The parts of a binding that its routes are made of. */
export type RouteSource = Pick<Binding, 'mode' | 'x' | 'y' | 'extension'> & {
  readonly a: SourceParty
  readonly b: SourceParty | undefined
  readonly members: readonly SourceParty[]
  readonly terms: Pick<Terms, 'callback' | 'callbackNumber'>
}

/** A party of a request has no sinceMs yet. */
type SourceParty = Pick<BoundParty, 'number'> & { readonly sinceMs?: number }

/** The routes of a binding, in the order of its mode's template; at most 202. */
export function compileRoutes(source: RouteSource): Route[] {
  const routes: Route[] = []
  for (const template of modes[source.mode].routes) addRoutes(routes, template, source)
  if (source.mode === 'AXG' && source.terms.callback === 'FIXED' && !callbackIsMember(source)) {
    routes.push(callbackMember(source))
  }
  return routes
}

const any: CallerKey = { kind: 'ANY' }

function addRoutes(routes: Route[], template: RouteTemplate, source: RouteSource): void {
  switch (template.caller) {
    case 'ANY':
      routes.push(route(template, source, any, 0))
      return
    case 'EXTENSION':
      routes.push(route(template, source, { kind: 'EXTENSION', extension: source.extension }, 0))
      return
    case 'EACH_MEMBER':
      for (const member of source.members) routes.push(exactRoute(template, source, member))
      return
    case 'A':
      routes.push(exactRoute(template, source, source.a))
      return
    case 'B':
      if (source.b !== undefined) routes.push(exactRoute(template, source, source.b))
      return
  }
}

function exactRoute(template: RouteTemplate, source: RouteSource, caller: SourceParty): Route {
  return route(template, source, { kind: 'EXACT', party: caller.number }, caller.sinceMs ?? 0)
}

function route(template: RouteTemplate, source: RouteSource, key: CallerKey, sinceMs: number): Route {
  const callback = template.callee === 'CALLBACK'
  const callee = callback ? fixedCallback(source) : (template.callee === 'A' ? source.a : source.b)?.number
  return {
    on: side(template.on, source),
    key,
    role: callback ? 'CALLBACK' : 'PARTY',
    callee: callee ?? '',
    owner: callback ? source.a.number : (callee ?? ''),
    display: side(template.display, source).digits,
    direction: template.caller === 'A' ? 'A_TO_B' : 'B_TO_A',
    sinceMs,
    callerIsParty: key.kind === 'EXACT',
  }
}

/** A member rings A already. */
function callbackIsMember({ members, terms }: RouteSource): boolean {
  return members.some(({ number }) => number === terms.callbackNumber)
}

/** In AXG the fixed call-back number rings A back, as a member does. */
function callbackMember(source: RouteSource): Route {
  return {
    on: source.x,
    key: { kind: 'EXACT', party: source.terms.callbackNumber },
    role: 'PARTY',
    callee: source.a.number,
    owner: source.a.number,
    display: source.x.digits,
    direction: 'B_TO_A',
    sinceMs: 0,
    callerIsParty: false,
  }
}

function fixedCallback(source: RouteSource): string {
  const wanted: Callback = source.terms.callback
  return wanted === 'FIXED' ? source.terms.callbackNumber : ''
}

function side(which: Side, source: RouteSource): NumberRef {
  return which === 'Y' && source.y !== undefined ? source.y : source.x
}
