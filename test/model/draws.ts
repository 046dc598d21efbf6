/** What is drawn for the steps of a history; places in time are relative to the clock of the moment. */
import type { Callback, Direction, Medium, Mode, Selection } from '../../daemon/core/binding.js'
import type { CallPhase } from '../../daemon/core/calls.js'
import type { NumberState, Qualification } from '../../daemon/core/directory.js'

/** What is drawn for an Allocate; places in time are relative to the clock of the moment. */
export interface AllocateDraw {
  readonly type: 'allocate'
  readonly tenant: number
  readonly pool: number
  readonly mode: Mode
  readonly a: number
  readonly b: number
  /** Steps from a, as b; more than there are parties: the outsider. */
  readonly members: readonly number[]
  readonly extension: string
  readonly verified: boolean
  readonly x: number | undefined
  readonly y: number | undefined
  readonly areas: readonly string[]
  readonly areaStrict: boolean
  readonly startIn: number | undefined
  readonly expiry: { readonly ttl: number } | { readonly endIn: number } | undefined
  readonly wanted: WantedDraw
  readonly selection: Selection | undefined
  readonly orderId: string
  readonly requestId: string | undefined
  readonly draw: number
}

export interface WantedDraw {
  readonly cooldownMs: number | undefined
  readonly graceMs: number | undefined
  readonly graceDirection: Direction | undefined
  readonly direction: Direction | undefined
  readonly media: readonly Medium[]
  readonly maxCallMs: number | undefined
  readonly maxCalls: number | undefined
  readonly releaseOnHangup: boolean | undefined
  /** Left out in modes that have no call-back. */
  readonly callback: CallbackDraw | undefined
  readonly callbackWindowMs: number | undefined
}

export interface CallbackDraw {
  readonly kind: Callback
  /** As a member is drawn; undefined: the number is forgotten. */
  readonly number: number | undefined
}

export interface ReportDraw {
  readonly type: 'report-call'
  readonly target: number
  readonly callId: string
  readonly phase: CallPhase
  readonly atIn: number | undefined
  readonly caller: number | undefined
  readonly answered: boolean
}

export interface BanDraw {
  readonly type: 'ban'
  readonly caller: number
  readonly callee: number | undefined
  readonly tenant: number | undefined
  readonly forMs: number | undefined
}

export interface UpdateDraw {
  readonly type: 'update'
  readonly target: number
  readonly asTenant: number | undefined
  readonly expected: 'none' | 'right' | 'wrong'
  readonly endIn: number | undefined
  readonly a: number | undefined
  readonly b: number | undefined
  readonly members: readonly number[]
  readonly verified: boolean
  readonly wanted: WantedDraw
  readonly requestId: string | undefined
}

export type Step =
  | AllocateDraw
  | UpdateDraw
  | ReportDraw
  | BanDraw
  | { readonly type: 'unban'; readonly caller: number }
  | { readonly type: 'release'; readonly target: number; readonly asTenant: number | undefined }
  /** An earlier Allocate or Update, sent again word for word. */
  | { readonly type: 'repeat'; readonly target: number }
  | { readonly type: 'clock'; readonly by: number }
  | { readonly type: 'due'; readonly limit: number }
  | { readonly type: 'number-state'; readonly number: number; readonly state: NumberState }
  | { readonly type: 'tenant'; readonly tenant: number; readonly qualification: Qualification }
  | { readonly type: 'quota'; readonly tenant: number; readonly live: number | undefined }
