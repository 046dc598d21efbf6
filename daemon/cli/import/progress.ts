/** How far a long command is: a bar on a terminal, a few plain lines anywhere else. */
import cliProgress from 'cli-progress'
import { grouped } from '../render/table.js'
import type { Terminal } from '../terminal.js'

/** Plain lines of one phase. */
const plainLines = 10

export interface Meter {
  at(done: number): void
  end(): void
}

/** @param total what `at` counts up to, at least 1 */
export function meterOf(terminal: Terminal, phase: string, unit: string, total: number): Meter {
  return terminal.isTty ? barOf(phase, unit, total) : linesOf(terminal, phase, unit, total)
}

function barOf(phase: string, unit: string, total: number): Meter {
  const bar = new cliProgress.SingleBar({
    format: `${phase} {bar} {percentage} %  {value} of {total} ${unit}  {eta_formatted} to go`,
    formatValue: (value, _options, type) => (type === 'value' || type === 'total' ? grouped(value) : String(value)),
    barCompleteChar: '#',
    barIncompleteChar: '.',
    hideCursor: true,
    clearOnComplete: true,
  })
  bar.start(total, 0)
  return { at: (done) => bar.update(Math.min(done, total)), end: () => bar.stop() }
}

function linesOf(terminal: Terminal, phase: string, unit: string, total: number): Meter {
  let said = 0
  return {
    at(done) {
      const step = Math.floor((Math.min(done, total) * plainLines) / total)
      if (step <= said) return
      said = step
      terminal.err(`${phase}: ${grouped(Math.min(done, total))} of ${grouped(total)} ${unit}`)
    },
    end: () => undefined,
  }
}
