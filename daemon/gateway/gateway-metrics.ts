/** What the gateway counts. No label ever holds a number, a party or a binding. */
import { status } from '@grpc/grpc-js'
import { Gauge, type Registry } from 'prom-client'
import type { CallPhase } from '../core/calls.js'
import { type CellCounter, type CellHistogram, cellCounter, cellHistogram } from './cells.js'
import type { Failure } from './failure.js'

/** Buckets in seconds: an answer from memory takes some 50 us, one that waits for a disk some ms. */
const latencyEdges = [
  0.000_05, 0.000_1, 0.000_2, 0.000_35, 0.000_5, 0.001, 0.002, 0.003_5, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1,
]
const batchEdges = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024]
/** In order of their numbers, so that a code is its own index. */
const codes = Object.values(status)
  .filter((code) => typeof code === 'number')
  .sort((one, other) => one - other)

/** The counts of one method. Every begin is followed by done, abandoned or batchDone. */
export interface MethodMetrics {
  /** A call or a batch was taken up; returns the moment, for what follows. */
  begin(): number
  /** A call was answered. */
  done(startedMs: number, failure: Failure | undefined): void
  /** Nobody waited for the answer any more. */
  abandoned(startedMs: number, code: status): void
  /** One item of a batch got an error. */
  itemFailed(failure: Failure): void
  /** A batch was answered, `failed` of its items with an error. */
  batchDone(startedMs: number, items: number, failed: number): void
}

export interface GatewayMetrics {
  method(name: string): MethodMetrics
  /** Cell of one kind of answer of Resolve; see outcome. */
  outcomeCell(outcome: string, reason: string): number
  outcome(cell: number): void
  /** A report of a call was taken, also one that told nothing new. */
  callReported(phase: CallPhase): void
}

/** Registers the gateway's metrics; once for each registry. */
export function gatewayMetrics(registry: Registry): GatewayMetrics {
  const series = requestSeries(registry)
  const outcomes = cellCounter(registry, {
    name: 'xpool_resolve_outcomes_total',
    help: 'Answers of Resolve by outcome and reason',
  })
  const reports = cellCounter(registry, {
    name: 'xpool_call_reports_total',
    help: 'Reports of calls taken, repeats included, by phase',
  })
  return {
    method: (name) => methodMetrics(name, series),
    outcomeCell: (outcome, reason) => outcomes.cell({ outcome, reason }),
    outcome: (cell) => outcomes.add(cell),
    callReported: (phase) => reports.add(reports.cell({ phase })),
  }
}

interface RequestSeries {
  readonly requests: CellCounter
  readonly errors: CellCounter
  readonly duration: CellHistogram
  readonly batches: CellHistogram
  /** Open calls and batches, by method. */
  readonly inFlight: Map<string, () => number>
}

function requestSeries(registry: Registry): RequestSeries {
  const requests = cellCounter(registry, {
    name: 'xpool_requests_total',
    help: 'Requests answered, items of batches included, by method and gRPC code',
  })
  const errors = cellCounter(registry, {
    name: 'xpool_request_errors_total',
    help: 'Requests refused or failed, items of batches included, by method and reason',
  })
  const naming = { name: 'xpool_request_duration_seconds', help: 'Time from a request or batch read to its answer' }
  const duration = cellHistogram(registry, naming, latencyEdges)
  const sizes = { name: 'xpool_stream_batch_items', help: 'Items of the batches of streams' }
  const batches = cellHistogram(registry, sizes, batchEdges)
  const inFlight = new Map<string, () => number>()
  inFlightGauge(registry, inFlight)
  return { requests, errors, duration, batches, inFlight }
}

function methodMetrics(name: string, series: RequestSeries): MethodMetrics {
  const { requests, errors, duration, batches } = series
  const cells = codes.map((code) => requests.cell({ method: name, code: status[code] }))
  const time = duration.cell({ method: name })
  const size = name.endsWith('Stream') ? batches.cell({ method: name }) : undefined
  let open = 0
  series.inFlight.set(name, () => open)
  const end = (startedMs: number) => {
    open -= 1
    duration.observe(time, (performance.now() - startedMs) / 1_000)
  }
  const failed = (failure: Failure) => {
    requests.add(cells[failure.code]!)
    errors.add(errors.cell({ method: name, reason: failure.reason }))
  }
  return {
    begin() {
      open += 1
      return performance.now()
    },
    done(startedMs, failure) {
      end(startedMs)
      if (failure === undefined) requests.add(cells[status.OK]!)
      else failed(failure)
    },
    abandoned(startedMs, code) {
      end(startedMs)
      requests.add(cells[code]!)
    },
    itemFailed: failed,
    batchDone(startedMs, items, failures) {
      end(startedMs)
      requests.add(cells[status.OK]!, items - failures)
      if (size !== undefined) batches.observe(size, items)
    },
  }
}

function inFlightGauge(registry: Registry, inFlight: ReadonlyMap<string, () => number>): void {
  new Gauge({
    name: 'xpool_requests_in_flight',
    help: 'Requests and batches taken up and not yet answered, by method',
    labelNames: ['method'],
    registers: [registry],
    collect() {
      for (const [method, open] of inFlight) this.set({ method }, open())
    },
  })
}
