/** How far a long command is: a bar on a terminal, a few plain lines anywhere else. */
import cliProgress from 'cli-progress'
import { grouped } from '../render/table.js'
import type { Terminal } from '../terminal.js'

/** Between two plain lines of one phase, ms. */
const plainEveryMs = 2_000

export interface Meter {
  at(done: number): void
  end(): void
}

/**
 * @param total what `at` counts up to, at least 1
 * @param now a clock that never steps back, ms
 */
export function meterOf(
  terminal: Terminal,
  phase: string,
  unit: string,
  total: number,
  now: () => number = () => performance.now(),
): Meter {
  return terminal.isTty ? barOf(phase, unit, total) : linesOf(terminal, phase, unit, total, now)
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

/** What is quickly done says nothing. */
function linesOf(terminal: Terminal, phase: string, unit: string, total: number, now: () => number): Meter {
  let saidMs = now()
  return {
    at(done) {
      if (now() - saidMs < plainEveryMs) return
      saidMs = now()
      terminal.err(`${phase}: ${grouped(Math.min(done, total))} of ${grouped(total)} ${unit}`)
    },
    end: () => undefined,
  }
}
