/**
 * The rows of `meta` beside the format marker. Numbers are uint48 BE but where said.
 *
 *   "head"            | seq | epoch | now ms | directory version | hash 32 |          moved by every commit
 *   "marks"           | next seq | ended up to: ms, seq | freed up to: ms, seq | forgotten up to: seq |
 *                     | expiring up to: ms, seq | next long request to look at, 18 bytes |
 *   "rate" + tenant   | theoretical arrival, ms, float64 BE |
 *   "low" + pool      empty: the pool is short of free numbers
 *   "first"           | seq of the first page that is kept |   absent: 1
 *   "lease"           | epoch | owner, UTF-8 |       who writes; not rebuilt from the journal
 *   "clock"           | now ms |                     a moment without a commit; not rebuilt either
 */
import type { PoolId, Seq, TenantId } from '../core/binding.js'
import type { DueMark } from '../core/events.js'
import { hashBytes } from '../journal/merkle.js'
import { emptyHead } from '../journal/seal-page.js'
import type { LogHead } from '../journal/shard-log.js'
import { UnreadableBytes } from '../journal/unreadable-bytes.js'
import { classStart, longClass, requestKeyBytes } from './request-row.js'
import { readRow, type Table } from './table.js'
import { readUint48, uint48Bytes, writeUint48 } from './uint48.js'

const text = (name: string) => new TextEncoder().encode(name)
export const headKey = text('head')
export const marksKey = text('marks')
export const leaseKey = text('lease')
export const clockKey = text('clock')
const firstKey = text('first')
const rateKeyStart = text('rate')
const lowKeyStart = text('low')
/** Tenants and pools are uint16. */
const idBytes = 2

/** Where the journal ends. */
export interface StoredHead extends LogHead {
  readonly epoch: number
  /** Process clock of the last page, unix ms. */
  readonly nowMs: number
  readonly directoryVersion: number
}

/** How far the work of a shard has got. */
export interface Marks {
  readonly nextSeq: Seq
  readonly endedUpTo: DueMark
  readonly freedUpTo: DueMark
  readonly expiringUpTo: DueMark
  /** Where the last `forgotten` event stopped. */
  readonly forgottenUpTo: Seq
  /** Where the next `requests-dropped` event goes on among the ids that are kept for long. */
  readonly longRequest: Uint8Array
}

const noHead: StoredHead = { ...emptyHead, epoch: 0, nowMs: 0, directoryVersion: 0 }
const noMarks: Marks = {
  nextSeq: 1,
  endedUpTo: { ms: 0, seq: 0 },
  freedUpTo: { ms: 0, seq: 0 },
  expiringUpTo: { ms: 0, seq: 0 },
  forgottenUpTo: 0,
  longRequest: classStart(longClass),
}

const headNumbers = 4 * uint48Bytes
const marksNumbers = 8 * uint48Bytes

/** Throws CorruptRecord, as all that read here. */
export function readHead(meta: Table): StoredHead {
  return read(meta, headKey, headNumbers + hashBytes, noHead, (payload) => ({
    seq: readUint48(payload, 0),
    epoch: readUint48(payload, uint48Bytes),
    nowMs: readUint48(payload, 2 * uint48Bytes),
    directoryVersion: readUint48(payload, 3 * uint48Bytes),
    hash: payload.slice(headNumbers),
  }))
}

export function writeHead(meta: Table, head: StoredHead): void {
  const payload = new Uint8Array(headNumbers + hashBytes)
  writeNumbers(payload, [head.seq, head.epoch, head.nowMs, head.directoryVersion])
  payload.set(head.hash, headNumbers)
  meta.put(headKey, payload)
}

/** The marks of a shard without pages begin at its first binding. */
export function readMarks(meta: Table): Marks {
  return read(meta, marksKey, marksNumbers + requestKeyBytes, noMarks, (payload) => ({
    nextSeq: readUint48(payload, 0),
    endedUpTo: { ms: readUint48(payload, uint48Bytes), seq: readUint48(payload, 2 * uint48Bytes) },
    freedUpTo: { ms: readUint48(payload, 3 * uint48Bytes), seq: readUint48(payload, 4 * uint48Bytes) },
    forgottenUpTo: readUint48(payload, 5 * uint48Bytes),
    expiringUpTo: { ms: readUint48(payload, 6 * uint48Bytes), seq: readUint48(payload, 7 * uint48Bytes) },
    longRequest: payload.slice(marksNumbers),
  }))
}

/** Call within a transaction. */
export function writeMarks(meta: Table, marks: Marks): void {
  const { nextSeq, endedUpTo, freedUpTo, forgottenUpTo, expiringUpTo, longRequest } = marks
  const payload = new Uint8Array(marksNumbers + requestKeyBytes)
  const ofDue = [endedUpTo.ms, endedUpTo.seq, freedUpTo.ms, freedUpTo.seq]
  writeNumbers(payload, [nextSeq, ...ofDue, forgottenUpTo, expiringUpTo.ms, expiringUpTo.seq])
  payload.set(longRequest, marksNumbers)
  meta.put(marksKey, payload)
}

/** The first page that must be there, 1 unless earlier ones were dropped. */
export function readFirstPage(meta: Table): number {
  return read(meta, firstKey, uint48Bytes, 1, (payload) => readUint48(payload, 0))
}

export function writeFirstPage(meta: Table, seq: number): void {
  const payload = new Uint8Array(uint48Bytes)
  writeUint48(seq, payload, 0)
  meta.put(firstKey, payload)
}

/** The epoch of the last lease, 0 before the first. */
export function readLease(meta: Table): number {
  const payload = meta.get(leaseKey)
  return payload === undefined ? 0 : readUint48(payload, 0)
}

export function writeLease(meta: Table, epoch: number, owner: string): void {
  const name = text(owner)
  const payload = new Uint8Array(uint48Bytes + name.length)
  writeUint48(epoch, payload, 0)
  payload.set(name, uint48Bytes)
  meta.put(leaseKey, payload)
}

/** The latest moment that was stored without a commit, 0 for none. */
export function readClock(meta: Table): number {
  return read(meta, clockKey, uint48Bytes, 0, (payload) => readUint48(payload, 0))
}

export function writeClock(meta: Table, nowMs: number): void {
  const payload = new Uint8Array(uint48Bytes)
  writeUint48(nowMs, payload, 0)
  meta.put(clockKey, payload)
}

export function writeRate(meta: Table, tenant: TenantId, theoreticalMs: number): void {
  const payload = new Uint8Array(8)
  new DataView(payload.buffer).setFloat64(0, theoreticalMs)
  meta.put(idKey(rateKeyStart, tenant), payload)
}

/** Where each tenant's rate limiter stands. At most `limits.tenants` rows. */
export function readRates(meta: Table): Map<TenantId, number> {
  const rates = new Map<TenantId, number>()
  const beyond = text('ratf')
  for (const { key, payload } of meta.rows(rateKeyStart, beyond, 2 ** 16)) {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
    rates.set(idOf(rateKeyStart, key), view.getFloat64(0))
  }
  return rates
}

export function writePoolLevel(meta: Table, pool: PoolId, low: boolean): void {
  const key = idKey(lowKeyStart, pool)
  if (low) meta.put(key, new Uint8Array())
  else meta.remove(key)
}

/** Pools that are short of free numbers. At most `limits.pools` rows. */
export function readLowPools(meta: Table): Set<PoolId> {
  return new Set(meta.rows(lowKeyStart, text('lox'), 2 ** 16).map(({ key }) => idOf(lowKeyStart, key)))
}

function idKey(start: Uint8Array, id: number): Uint8Array {
  const key = new Uint8Array(start.length + idBytes)
  key.set(start)
  key[start.length] = id >>> 8
  key[start.length + 1] = id
  return key
}

function idOf(start: Uint8Array, key: Uint8Array): number {
  return (key[start.length]! << 8) | key[start.length + 1]!
}

function writeNumbers(payload: Uint8Array, numbers: readonly number[]): void {
  numbers.forEach((value, i) => {
    writeUint48(value, payload, i * uint48Bytes)
  })
}

function read<T>(meta: Table, key: Uint8Array, length: number, absent: T, decode: (payload: Uint8Array) => T): T {
  const payload = meta.get(key)
  if (payload === undefined) return absent
  return readRow(meta.name, key, payload, (bytes) => {
    if (bytes.length !== length) throw new UnreadableBytes(`${bytes.length} bytes where there should be ${length}`)
    return decode(bytes)
  })
}
