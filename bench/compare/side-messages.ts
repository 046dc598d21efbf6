/** What is said between a comparison and its two sides. */
import type { Slice } from './slice.js'

export type ToSide =
  | { readonly type: 'slice'; readonly row: number; readonly sliceMs: number }
  | { readonly type: 'end' }

export type FromSide =
  | { readonly type: 'prepared'; readonly rows: readonly string[] }
  | { readonly type: 'slice'; readonly slice: Slice }
