/**
 * One thing that happened, as watchers may be told of it. An entry of a journal
 * makes none, one or many of them, always the same ones in the same order, so
 * that a place within a page can be counted in items.
 */
import type { TenantId } from '../../core/binding.js'
import { WatchResponse } from '../../generated/xpool/v1/allocation.js'
import type { WatchEvent } from '../../generated/xpool/v1/types.js'
import { encodeMessage } from '../wire-codec.js'

/** A tenant sees its own; 'system' sees all, without parties. */
export type Audience = TenantId | 'system'

/** Events ready to send: concatenated messages of protobuf are one message, so frames are simply strung together. */
export interface Frame {
  readonly bytes: Buffer
  readonly events: number
}

export interface WatchItem {
  /** WatchKind of the wire. */
  readonly kind: number
  /** The one tenant that it concerns; undefined: ask for each audience. */
  readonly owner: TenantId | undefined
  /** undefined: nothing for this audience. Made once, however many ask. */
  frame(audience: Audience): Frame | undefined
}

/** WatchResponse and WatchSystemResponse have the same fields. */
export function frameOf(events: WatchEvent[]): Frame {
  return { bytes: encodeMessage(WatchResponse, { events, resumeToken: '' }), events: events.length }
}

export function tokenFrame(resumeToken: string): Buffer {
  return encodeMessage(WatchResponse, { events: [], resumeToken })
}
