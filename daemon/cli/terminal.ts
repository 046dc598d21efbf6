/** Where a command writes: given, so that tests read it. */
export interface Terminal {
  /** The result; a line break is added. */
  out(text: string): void
  /** Faults, notes and progress; a line break is added. */
  err(text: string): void
  /** Whether a progress bar may be drawn on stderr. */
  readonly isTty: boolean
}

export function processTerminal(): Terminal {
  // A reader that has seen enough (`| head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    isTty: process.stderr.isTTY === true,
  }
}
