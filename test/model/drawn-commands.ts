/** Commands made of what was drawn, for the moment at which they are sent. */
import { createHash } from 'node:crypto'
import type { Mode, NumberRef, Party } from '../../daemon/core/binding.js'
import type {
  AllocateCommand,
  ReportCallCommand,
  RequestKey,
  UpdateCommand,
  WantedTerms,
} from '../../daemon/core/commands.js'
import type { AllocateDraw, ReportDraw, UpdateDraw, WantedDraw } from './draws.js'
import type { NaiveShard } from './naive-shard.js'
import { outsider, parties } from './worlds.js'

const numbers: readonly string[] = parties

export function allocateOf(draw: AllocateDraw, model: NaiveShard): AllocateCommand {
  const at = (offset: number | undefined) => (offset === undefined ? undefined : model.now + offset)
  const pool = model.numbers.filter((number) => number.pool === draw.pool)
  const pick = (index: number | undefined): NumberRef | undefined => {
    const found = index === undefined ? undefined : pool[index % Math.max(1, pool.length)]
    return found && { ordinal: found.ordinal, digits: found.digits }
  }
  const { expiry, mode, tenant, selection, orderId } = draw
  const pair = mode === 'AXB' || mode === 'AXYB'
  const x = pick(draw.x)
  const y = mode === 'AXYB' && pool.length > 1 ? pick(draw.y) : undefined
  const parted = {
    a: party(draw.a, draw.verified),
    b: pair ? party((draw.a + draw.b) % parties.length, draw.verified) : undefined,
    members: mode === 'AXG' ? draw.members.map((step) => otherThan(draw.a, step, draw.verified)) : [],
  }
  const command: AllocateCommand = {
    ...({ type: 'allocate', tenant, pool: draw.pool, mode, selection, orderId } as const),
    ...parted,
    ...{ x, y: y?.ordinal === x?.ordinal ? undefined : y },
    ...{ areas: draw.areas, areaStrict: draw.areaStrict, startMs: at(draw.startIn) },
    endMs: expiry && 'endIn' in expiry ? at(expiry.endIn) : undefined,
    ttlMs: expiry && 'ttl' in expiry ? expiry.ttl : undefined,
    ...{ wanted: wantedOf(draw.wanted, mode, draw.a), extension: mode === 'AXE' ? draw.extension : '' },
    ...{ userData: new Uint8Array(), banned: bannedFields(model, parted, tenant), draw: draw.draw },
    request: undefined,
  }
  return { ...command, request: requestOf(draw.requestId, { ...command, banned: [], draw: 0 }) }
}

export function updateOf(draw: UpdateDraw, seq: number, model: NaiveShard): UpdateCommand {
  const binding = model.binding(seq)
  const revision = binding?.revision ?? 1
  const mode = binding?.mode ?? 'AXB'
  const first = binding === undefined ? -1 : numbers.indexOf(binding.a.number)
  const parted = {
    a: draw.a === undefined ? undefined : party(draw.a, draw.verified),
    b: draw.b === undefined || binding?.b === undefined ? undefined : party(draw.b, draw.verified),
    members: mode === 'AXG' ? draw.members.map((step) => otherThan(first, step, draw.verified)) : [],
  }
  const command: UpdateCommand = {
    ...({ type: 'update', seq, tenant: draw.asTenant, ...parted } as const),
    expectedRevision: { none: undefined, right: revision, wrong: revision + 1 }[draw.expected],
    endMs: draw.endIn === undefined ? undefined : model.now + draw.endIn,
    ...{ wanted: wantedOf(draw.wanted, mode, first), orderId: undefined, userData: undefined, request: undefined },
    banned: binding === undefined ? [] : bannedFields(model, parted, binding.tenant),
  }
  return { ...command, request: requestOf(draw.requestId, { ...command, banned: [] }) }
}

export function reportOf(draw: ReportDraw, seq: number, model: NaiveShard): ReportCallCommand {
  const { callId, phase, answered } = draw
  const atMs = draw.atIn === undefined ? undefined : model.now + draw.atIn
  const caller = draw.caller === undefined ? undefined : (parties[draw.caller] ?? outsider)
  return { type: 'report-call', seq, report: { callId, phase, atMs, caller, number: '', answered, cause: '' } }
}

/** As the gateway says it: fields whose party is banned altogether. */
function bannedFields(
  model: NaiveShard,
  parted: Record<'a' | 'b', Party | undefined> & { members: readonly Party[] },
  tenant: number,
): string[] {
  const banned = (one: Party | undefined) => one !== undefined && model.banned(one.number, '', tenant, model.now)
  const fields = banned(parted.a) ? ['a'] : []
  if (banned(parted.b)) fields.push('b')
  return parted.members.some(banned) ? [...fields, 'members'] : fields
}

function party(index: number, verified: boolean): Party {
  return { number: parties[index]!, verificationRef: verified ? 'seen' : '' }
}

/** So many steps from a party; as many as there are parties: the outsider. */
function otherThan(first: number, steps: number, verified: boolean): Party {
  const index = (Math.max(0, first) + steps) % parties.length
  return steps === parties.length
    ? { number: outsider, verificationRef: verified ? 'seen' : '' }
    : party(index, verified)
}

function requestOf(id: string | undefined, command: object): RequestKey | undefined {
  if (id === undefined) return undefined
  const fingerprint = createHash('sha256').update(JSON.stringify(command)).digest().toString('latin1')
  return { id, fingerprint }
}

function wantedOf({ callback, ...draw }: WantedDraw, mode: Mode, a: number): WantedTerms {
  const calledBack = mode === 'AXB' || mode === 'AXYB' ? undefined : callback
  const number = calledBack?.kind === 'FIXED' ? calledBack.number : undefined
  return {
    ...draw,
    ...{ record: undefined, callback: calledBack?.kind },
    callbackNumber: number === undefined ? undefined : otherThan(a, number, true).number,
    callbackWindowMs: calledBack === undefined ? undefined : draw.callbackWindowMs,
  }
}

/** One of the latest mostly, which may still live. */
export function seqOf(target: number, { bindings }: NaiveShard): number {
  const among = Math.max(1, target < 24 ? Math.min(4, bindings.length) : bindings.length)
  return bindings.at(-1 - (target % among))?.seq ?? 999
}
