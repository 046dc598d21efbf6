/** Every suite, in the order in which they run. */
import type { Suite } from '../suite.js'
import { allocateStreamSuite } from './allocate-stream.js'
import { callerKeySuite } from './caller-key.js'
import { coreGrowthSuite, coreStepSuite } from './core-step.js'
import { journalSuite } from './journal.js'
import { lmdbSuite } from './lmdb.js'
import { resolveDecisionSuite } from './resolve-decision.js'
import { resolvePathSuite } from './resolve-path.js'
import { routeRowSuite } from './route-row.js'
import { shardLoopSuite } from './shard-loop.js'
import { shardPortSuite } from './shard-port.js'
import { wireSuite } from './wire.js'

export const suites: readonly Suite[] = [
  callerKeySuite,
  routeRowSuite,
  wireSuite,
  resolveDecisionSuite,
  resolvePathSuite,
  allocateStreamSuite,
  shardPortSuite,
  coreStepSuite,
  coreGrowthSuite,
  journalSuite,
  lmdbSuite,
  shardLoopSuite,
]
