/** What every command has in common: the connection, the form of the answer, and where it is written. */
import type { Command } from 'commander'
import { connect, type XpoolClient } from '../client/client.js'
import type { Terminal } from './terminal.js'

export interface Globals {
  /** HOST:PORT. */
  readonly server: string
  readonly json: boolean
  /** Show real numbers in tables. */
  readonly reveal: boolean
  /** For each call, ms; undefined: the command's own default. */
  readonly timeout: number | undefined
}

/** An answer in both forms; only one of them is made. */
export interface Report {
  readonly json: () => object
  readonly text: () => string
  /** Printed after the report, and what the process ends with: an answer that is bad news. */
  readonly failed?: Error | undefined
}

export interface Session {
  readonly globals: Globals
  readonly terminal: Terminal
}

/** Deadline of a call unless --timeout gives one, ms. */
const timeoutDefaultMs = 10_000

export class Cli {
  readonly terminal: Terminal

  constructor(terminal: Terminal) {
    this.terminal = terminal
  }

  /** Runs a command that asks a server, and prints its report. */
  async online(command: Command, work: (client: XpoolClient, session: Session) => Promise<Report>): Promise<void> {
    const session = this.#session(command)
    const { server, timeout } = session.globals
    using client = connect(server, { timeoutMs: timeout ?? timeoutDefaultMs })
    this.#print(session, await work(client, session))
  }

  /** Runs a command that prints as it goes, until it ends or is stopped. */
  async following(command: Command, work: (client: XpoolClient, session: Session) => Promise<void>): Promise<void> {
    const session = this.#session(command)
    using client = connect(session.globals.server, { timeoutMs: session.globals.timeout ?? timeoutDefaultMs })
    await work(client, session)
  }

  /** Runs a command that asks no server, and prints its report. */
  async offline(command: Command, work: (session: Session) => Promise<Report>): Promise<void> {
    const session = this.#session(command)
    this.#print(session, await work(session))
  }

  #session(command: Command): Session {
    const globals = command.optsWithGlobals<Globals>()
    return { globals, terminal: this.terminal }
  }

  #print({ globals, terminal }: Session, report: Report): void {
    terminal.out(globals.json ? JSON.stringify(report.json()) : report.text())
    if (report.failed !== undefined) throw report.failed
  }
}
