/** A run for people, beside the run before it. */
import type { Entry } from './history.js'
import type { Figure } from './measure.js'

export function tableOf(entry: Entry, before: Entry | undefined): string {
  const width = Math.max(...entry.figures.map((figure) => figure.name.length))
  const lines = entry.figures.map((figure) => {
    const known = before?.figures.find((one) => one.name === figure.name)
    return [
      figure.name.padEnd(width),
      time(figure.medianNs).padStart(10),
      `${figure.itemsPerSecond.toLocaleString('en')}/s`.padStart(14),
      `spread ${Math.round(figure.spread * 100)} %`.padStart(13),
      known === undefined ? '' : against(figure, known),
    ].join('  ')
  })
  return lines.map((line) => line.trimEnd()).join('\n')
}

/** A change within the noise of the two runs is no change. */
export function against(now: Figure, before: Figure): string {
  const ratio = now.medianNs / before.medianNs
  if (Math.abs(ratio - 1) <= Math.max(now.spread, before.spread)) return 'within noise'
  return ratio > 1 ? `${ratio.toFixed(2)} x slower` : `${(1 / ratio).toFixed(2)} x faster`
}

function time(ns: number): string {
  if (ns < 1_000) return `${ns.toFixed(1)} ns`
  return ns < 1_000_000 ? `${(ns / 1_000).toFixed(2)} us` : `${(ns / 1_000_000).toFixed(2)} ms`
}
