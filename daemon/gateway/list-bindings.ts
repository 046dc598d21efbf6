/**
 * ListBindings: newest first within a shard, shard by shard. A filter that few
 * bindings pass would make one call read the whole store, so a call examines a
 * bounded number of rows and hands out a token that goes on from there; between
 * chunks it lets go of its snapshot and gives way to calls.
 */
import { setImmediate } from 'node:timers/promises'
import { type Binding, type BindingState, stateOf, type TenantId } from '../core/binding.js'
import type { NumberRule } from '../core/canonical-number.js'
import { limits } from '../core/limits.js'
import type { DirectoryView } from '../directory/view.js'
import type { ListBindingsRequest, ListBindingsResponse } from '../generated/xpool/v1/allocation.js'
import type { Binding as BindingMessage } from '../generated/xpool/v1/types.js'
import type { ShardReader } from '../store/shard-reader.js'
import { bindingMessage } from './binding-message.js'
import { bounds } from './bounds.js'
import { Check } from './check.js'
import { Failure } from './failure.js'
import { readPageSize, readPageToken, writePageToken } from './page-token.js'
import { tenantIfNamed } from './place-command.js'
import { bindingStateWords } from './wire-words.js'

export interface ListParts {
  readonly directory: DirectoryView
  readonly shards: readonly ShardReader[]
  readonly clock: { now(): number }
  readonly rules: readonly NumberRule[]
}

/** Where to go on: bindings of this shard with a lesser sequence number, then the next shards. */
interface Cursor {
  readonly shard: number
  readonly beforeSeq: number
}

interface Filter {
  readonly tenant: TenantId | undefined
  readonly party: string
  readonly number: string
  readonly orderId: string
  readonly state: BindingState | undefined
}

/** Above every sequence number of a binding's id. */
const newest = 2 ** 48 - 1
const cursorPattern = /^[0-9]{1,5}:[0-9]{1,15}$/

export async function listBindings(
  request: ListBindingsRequest,
  parts: ListParts,
  signal: AbortSignal,
): Promise<ListBindingsResponse | Failure> {
  parts.directory.refresh()
  const check = new Check(parts.rules)
  const filter = readFilter(check, request)
  const pageSize = readPageSize(check, request.pageSize)
  const token = readPageToken(check, 'bindings', request.pageToken, cursorPattern)
  if (check.fault !== undefined) return check.fault
  const tenant = tenantIfNamed(parts.directory, request.tenant)
  if (tenant instanceof Failure) return tenant
  const shards = shardsOf(tenant, parts)
  const start = token === undefined ? { shard: shards.from, beforeSeq: newest } : cursorOf(token)
  return scan({ ...filter, tenant }, pageSize, start, shards.to, parts, signal)
}

function readFilter(check: Check, request: ListBindingsRequest): Omit<Filter, 'tenant'> {
  check.text('tenant', request.tenant, limits.nameChars)
  return {
    party: check.numberIfGiven('party', request.party),
    number: check.numberIfGiven('number', request.number),
    orderId: check.text('order_id', request.orderId),
    state: check.word('state', bindingStateWords, request.state),
  }
}

function cursorOf(token: readonly string[]): Cursor {
  return { shard: Number(token[0]), beforeSeq: Math.min(Number(token[1]), newest) }
}

/** A tenant's bindings all stand on its home; without one it has none. */
function shardsOf(tenant: TenantId | undefined, { directory, shards }: ListParts) {
  if (tenant === undefined) return { from: 0, to: shards.length }
  const home = directory.tenant(tenant)?.home
  return home === undefined ? { from: 0, to: 0 } : { from: home, to: home + 1 }
}

async function scan(
  filter: Filter,
  pageSize: number,
  start: Cursor,
  endShard: number,
  parts: ListParts,
  signal: AbortSignal,
): Promise<ListBindingsResponse> {
  const bindings: BindingMessage[] = []
  let { shard, beforeSeq } = start
  let examined = 0
  let bytes = 0
  const full = () => bindings.length === pageSize || bytes >= bounds.pageBytes
  while (shard < endShard) {
    if (full() || examined >= bounds.scanRowsPerCall || signal.aborted) {
      return { bindings, nextPageToken: writePageToken('bindings', [shard, beforeSeq]) }
    }
    const reader = parts.shards[shard]!
    reader.refresh()
    const nowMs = parts.clock.now()
    const wanted = Math.min(bounds.scanRowsPerChunk, bounds.scanRowsPerCall - examined)
    const rows = reader.bindingsBefore(beforeSeq, wanted)
    for (const binding of rows) {
      examined += 1
      beforeSeq = binding.seq
      if (!passes(binding, filter, nowMs)) continue
      bindings.push(bindingMessage(binding, shard, parts.directory, nowMs))
      bytes += aboutBytes(binding)
      if (full()) break
    }
    if (rows.length < wanted && !full()) {
      shard += 1
      beforeSeq = newest
    }
    await setImmediate()
  }
  return { bindings, nextPageToken: '' }
}

/** More than all that stands in a message but for its members and user data. */
const plainBytes = 1_200
const memberBytes = 160

function aboutBytes({ userData, members }: Binding): number {
  return plainBytes + userData.length + members.length * memberBytes
}

function passes(binding: Binding, filter: Filter, nowMs: number): boolean {
  const { tenant, party, number, orderId, state } = filter
  if (tenant !== undefined && binding.tenant !== tenant) return false
  if (orderId !== '' && binding.orderId !== orderId) return false
  if (number !== '' && binding.x.digits !== number && binding.y?.digits !== number) return false
  if (party !== '' && !hasParty(binding, party)) return false
  return state === undefined || stateOf(binding, nowMs) === state
}

function hasParty(binding: Binding, party: string): boolean {
  if (binding.a.number === party || binding.b?.number === party) return true
  return binding.members.some((member) => member.number === party)
}
