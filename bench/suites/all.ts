/** Every suite, in the order in which they run. */
import type { Suite } from '../suite.js'
import { callerKeySuite } from './caller-key.js'
import { lmdbSuite } from './lmdb.js'
import { resolveDecisionSuite } from './resolve-decision.js'
import { wireSuite } from './wire.js'

export const suites: readonly Suite[] = [callerKeySuite, wireSuite, resolveDecisionSuite, lmdbSuite]
