/** Request ids: only success is remembered, and a repeat gets the binding it made (I7). */
import type { KnownRequest, Outcome, RequestKey } from './commands.js'
import { refuse, refused } from './refusal.js'

export function replayOf(request: RequestKey | undefined, known: KnownRequest | undefined): Outcome | undefined {
  if (request === undefined || known === undefined) return undefined
  if (known.fingerprint === request.fingerprint) return { ok: true, seq: known.seq, replayed: true }
  return refused(
    refuse('REQUEST_ID_REUSED', 'this request_id has been used for a different request', { field: 'request_id' }),
  )
}
