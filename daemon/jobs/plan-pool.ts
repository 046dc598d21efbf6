/** The job that plans a pool for a trace: it plays the trace many times over, which no thread that answers anybody may. */
import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MessagePort } from 'node:worker_threads'
import { type Plan, type PlanRequest, plan } from '../plan/plan.js'
import { readTrace } from '../plan/read-trace.js'
import { onlyArea } from '../plan/trace.js'

/** This file as a job thread loads it. */
export const planPoolFile: string = new URL(`./plan-pool${extname(fileURLToPath(import.meta.url))}`, import.meta.url)
  .href

export interface PlanTask {
  /** Path of the trace. */
  readonly file: string
  /** Bookings of this area alone; undefined: all, wherever they want to be. */
  readonly area: string | undefined
  readonly request: PlanRequest
  /** Takes a PlanStep now and then. */
  readonly progress: MessagePort
}

export interface PlanStep {
  readonly done: number
  readonly total: number
}

/** A plan with what it cost, or what is wrong with the trace, in sentences. */
export type PlanResult = { readonly plan: Plan; readonly tookMs: number } | { readonly faults: readonly string[] }

/** Rejects with the system's error when the file cannot be read. */
export async function planPoolJob({ file, area, request, progress }: PlanTask): Promise<PlanResult> {
  const read = await readTrace(createReadStream(file))
  if ('faults' in read) return read
  const trace = area === undefined ? read.trace : onlyArea(read.trace, area)
  if (trace.bookings === 0) return { faults: [`there is no booking for area ${area}`] }
  const begunMs = performance.now()
  const made = plan(trace, request, (done, total) => progress.postMessage({ done, total } satisfies PlanStep))
  return { plan: made, tookMs: performance.now() - begunMs }
}
