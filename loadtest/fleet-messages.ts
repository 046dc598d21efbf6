/** What the parent and its client processes say to each other. */
import type { Place } from './messages.js'
import type { LoadOptions } from './options.js'
import type { Tally } from './tally.js'
import type { Share } from './workloads/operation.js'

/** In this order, each after the answer to the one before. */
export type ToClient =
  | { readonly say: 'prepare'; readonly options: LoadOptions; readonly share: Share; readonly place: Place }
  | { readonly say: 'warm-up' }
  | { readonly say: 'measure' }

export type FromClient =
  | { readonly say: 'progress'; readonly done: number }
  | { readonly say: 'prepared' }
  | { readonly say: 'warm' }
  | { readonly say: 'measured'; readonly tally: Tally }
  | { readonly say: 'failed'; readonly name: string; readonly message: string }
