/**
 * The rows of request ids: made, found, and dropped in bounded steps (I7). The
 * layout, and why there are three places to look, is in request-row.ts.
 */
import type { Binding, PoolId, TenantId } from '../core/binding.js'
import type { KnownRequest, RequestKey } from '../core/commands.js'
import type { ShardEvent } from '../core/events.js'
import { limits } from '../core/limits.js'
import type { Page } from '../journal/page.js'
import {
  classStart,
  dayOf,
  decodeRequest,
  encodeRequest,
  hashRequest,
  longClass,
  type RequestRow,
  requestKey,
} from './request-row.js'
import { readRow, type Table } from './table.js'

/** Rows that one `requests-dropped` event drops of past days, and looks at of those kept for long. */
export const dropBounds = { dayRows: 4_096, longRows: 1_024 } as const

/** A request id as its row remembers it at `nowMs`. Throws CorruptRecord. */
export function findRequest(
  request: Table,
  tenant: TenantId,
  pool: PoolId,
  id: string,
  nowMs: number,
): KnownRequest | undefined {
  const idHash = hashRequest(tenant, pool, id)
  const today = dayOf(nowMs)
  for (const inClass of [today, today - 1, longClass]) {
    if (inClass < 0) continue
    const row = readRequest(request, requestKey(inClass, idHash))
    if (row !== undefined && row.keptUntilMs > nowMs) return { seq: row.seq, fingerprint: row.fingerprint }
  }
  return undefined
}

/** The id that made a binding: a row where it is kept for longer than a day, else the binding's own row says it all. */
export function rememberMaker(request: Table, { id, fingerprint }: RequestKey, binding: Binding): void {
  if (!isKeptForLong(binding)) return
  const key = requestKey(longClass, hashRequest(binding.tenant, binding.pool, id))
  request.put(key, encodeRequest({ fingerprint, seq: binding.seq, keptUntilMs: binding.endMs }))
}

/** An id that changed a binding: kept for the later of a day and the binding's end. */
export function rememberChange(
  request: Table,
  { id, fingerprint }: RequestKey,
  binding: Binding,
  page: Pick<Page, 'nowMs'>,
): void {
  const dayEndMs = page.nowMs + limits.requestKeptMs
  const keptUntilMs = Math.max(dayEndMs, binding.endMs)
  const inClass = keptUntilMs > dayEndMs ? longClass : dayOf(page.nowMs)
  const key = requestKey(inClass, hashRequest(binding.tenant, binding.pool, id))
  request.put(key, encodeRequest({ fingerprint, seq: binding.seq, keptUntilMs }))
}

/** The id that made a binding is kept as long as its new end asks for. */
export function extendMaker(request: Table, fingerprint: string, binding: Binding): void {
  if (binding.requestId === '' || !isKeptForLong(binding)) return
  const key = requestKey(longClass, hashRequest(binding.tenant, binding.pool, binding.requestId))
  const row = readRequest(request, key)
  const before = row?.seq === binding.seq ? row.keptUntilMs : 0
  const keptUntilMs = Math.max(before, binding.endMs)
  if (keptUntilMs > before) request.put(key, encodeRequest({ fingerprint, seq: binding.seq, keptUntilMs }))
}

function isKeptForLong(binding: Binding): boolean {
  return binding.endMs > binding.createdMs + limits.requestKeptMs
}

function readRequest(request: Table, key: Uint8Array): RequestRow | undefined {
  const payload = request.get(key)
  return payload === undefined ? undefined : readRow(request.name, key, payload, decodeRequest)
}

/**
 * Drops ids of past days, oldest first, and of the long class those that are
 * over, from `longFrom` on. Bounded: whoever makes the events repeats them.
 * @returns where the next event goes on in the long class
 */
export function dropRequests(
  request: Table,
  event: Extract<ShardEvent, { type: 'requests-dropped' }>,
  longFrom: Uint8Array,
): Uint8Array {
  const end = classStart(Math.min(event.beforeDay, longClass))
  for (const { key } of request.rows(classStart(0), end, dropBounds.dayRows)) request.remove(key)
  const rows = request.rows(longFrom, undefined, dropBounds.longRows)
  for (const { key, payload } of rows) {
    if (readRow(request.name, key, payload, decodeRequest).keptUntilMs <= event.atMs) request.remove(key)
  }
  const last = rows.at(-1)
  return last === undefined || rows.length < dropBounds.longRows ? classStart(longClass) : last.key
}

/** Whether any id of a day before `day` is still there: there is something to drop. */
export function hasRequestsBefore(request: Table, day: number): boolean {
  return request.rows(classStart(0), classStart(Math.min(day, longClass)), 1).length > 0
}

/** Whether any row is there at all: where none is, nobody need look for one. */
export function hasRequests(request: Table): boolean {
  return request.rows(classStart(0), undefined, 1).length > 0
}

/** Whether any id is kept for long. */
export function hasLongRequests(request: Table): boolean {
  return request.rows(classStart(longClass), undefined, 1).length > 0
}

/** Whether a walk through the long class has begun and not come to its end. */
export function isWithinLong(longFrom: Uint8Array): boolean {
  return Buffer.compare(longFrom, classStart(longClass)) !== 0
}
