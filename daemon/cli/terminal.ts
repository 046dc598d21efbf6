/** Where a command writes: given, so that tests read it. */
export interface Terminal {
  /** The result; a line break is added. */
  out(text: string): void
  /** Faults, notes and progress; a line break is added. */
  err(text: string): void
  /** Whether a progress bar may be drawn on stderr. */
  readonly isTty: boolean
  /**
   * Aborts when the person stops the command (Ctrl-C) or nobody reads its output any more. Asked for by commands
   * that have something to say when they end; a second Ctrl-C ends them at once.
   */
  interrupted?(): AbortSignal
}

const stopSignals = ['SIGINT', 'SIGTERM'] as const

export function processTerminal(): Terminal {
  const stop = new AbortController()
  // A reader that has seen enough (`| head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    stop.abort()
  })
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    isTty: process.stderr.isTTY === true,
    interrupted: () => {
      for (const signal of stopSignals) process.once(signal, () => stop.abort())
      return stop.signal
    },
  }
}
