/** What an exception becomes: a line for the operator and INTERNAL for the one call. Never an answer. */

import type { Log } from '../log/log.js'
import { errorFact } from '../log/log-line.js'
import { Failure } from './failure.js'

const damaged = new Failure('CORRUPT_RECORD', 'a record on disk fails its check')
const internal = new Failure('INTERNAL', 'a fault of the daemon; its log says more')

/** The log has a budget for each id, so that a fault at every call does not become a second one. */
export function faultReporter(log: Log): (method: string, error: unknown) => Failure {
  return (method, error) => {
    if (error instanceof Error && error.name === 'CorruptRecord') {
      // Not its text: that holds the key, and a route's key holds a party's number.
      const database = 'database' in error ? String(error.database) : 'unknown'
      log('STORE_DAMAGED', { place: `database ${database}`, error: `a corrupt record was read in ${method}` })
      return damaged
    }
    log('REQUEST_FAILED', { method, error: errorFact(error) })
    return internal
  }
}
