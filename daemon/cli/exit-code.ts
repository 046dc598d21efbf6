/** What the process ends with; docs/cli.md lists the same. */
export const exitCode = {
  ok: 0,
  /** The server, or an offline check, said no. */
  refused: 1,
  /** Unknown command or flag, a value that is none, a bad line in a file. Nothing was sent. */
  usage: 2,
  /** No answer: nothing listens there, the connection broke, or the time was up. */
  unreachable: 3,
} as const

/** A fault in what was typed or in a file that was given; the message is for the person at the keyboard. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** An offline command found a fault; the message says what and where. */
export class FindingError extends Error {
  override readonly name = 'FindingError'
}

/** A program that a command started has said all there is to say; this is what it ended with. */
export class EndedWith extends Error {
  override readonly name = 'EndedWith'
  readonly code: number

  constructor(code: number) {
    super(`ended with ${code}`)
    this.code = code
  }
}
