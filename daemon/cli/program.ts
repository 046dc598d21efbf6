/** The program: its global options, its commands, and what the process ends with. */
import { Command, CommanderError, Option } from 'commander'
import { XpoolError } from '../client/error.js'
import { version } from '../config/version.js'
import { addAllocate } from './commands/allocate.js'
import { addBanCommands } from './commands/ban.js'
import { addBindingCommands } from './commands/binding.js'
import { addCallCommands } from './commands/call.js'
import { addExplain } from './commands/explain.js'
import { addImport } from './commands/import.js'
import { addLoadtest, keepLoadtestOptions } from './commands/loadtest.js'
import { addNumberCommands } from './commands/number.js'
import { addOfflineCommands } from './commands/offline.js'
import { addPlan } from './commands/plan.js'
import { addPoolCommands } from './commands/pool.js'
import { addResolve } from './commands/resolve.js'
import { addClock, addStats } from './commands/stats.js'
import { addTenantCommands } from './commands/tenant.js'
import { addWatch } from './commands/watch.js'
import { EndedWith, exitCode, FindingError, UsageError } from './exit-code.js'
import { duration } from './options.js'
import { refusalJson, refusalText, unreachableText } from './render/refusal.js'
import { Cli, type Globals } from './session.js'
import type { Terminal } from './terminal.js'

export const serverDefault = '127.0.0.1:7700'

/** All commands, ready to parse; throws CommanderError instead of ending the process. */
export function programOf(terminal: Terminal): Command {
  const cli = new Cli(terminal)
  const program = new Command('xpool')
    .description('Lends privacy numbers, resolves calls to them, and runs pools and tenants.')
    .version(version, '--version')
    .addOption(new Option('--server <host:port>', 'the daemon').env('XPOOL_SERVER').default(serverDefault))
    .addOption(new Option('--json', 'print one JSON object').default(false, 'a table'))
    .addOption(new Option('--reveal', 'show real numbers in tables').default(false, 'masked'))
    .addOption(duration('--timeout <duration>', 'give up on an answer after so long (default: 10s; import: 60s)'))
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\n${exitCodesText}`)
  addAllocate(program, cli)
  addResolve(program, cli)
  addExplain(program, cli)
  addBindingCommands(program, cli)
  addCallCommands(program, cli)
  addWatch(program, cli)
  addTenantCommands(program, cli)
  addPoolCommands(program, cli)
  addNumberCommands(program, cli)
  addBanCommands(program, cli)
  addImport(program, cli)
  addStats(program, cli)
  addClock(program, cli)
  addOfflineCommands(program, cli)
  addLoadtest(program, terminal)
  addPlan(program, cli)
  for (const command of everyCommand(program)) quiet(command, terminal)
  return program
}

const exitCodesText = `Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no answer from the server.
Lengths of time: 90s, 30m, 1h30m, 2d, or milliseconds. Times: ISO 8601 with a zone, or unix milliseconds.`

/** Runs one command line and tells what the process is to end with. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = programOf(terminal)
  try {
    await program.parseAsync(keepLoadtestOptions(args), { from: 'user' })
    return exitCode.ok
  } catch (error) {
    return failed(error, program.opts<Globals>(), terminal)
  }
}

/** The commands under one, itself first. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}

function quiet(command: Command, terminal: Terminal): void {
  command.exitOverride()
  command.configureOutput({
    writeOut: (text) => terminal.out(text.trimEnd()),
    writeErr: (text) => terminal.err(text.trimEnd()),
  })
}

function failed(error: unknown, globals: Globals, terminal: Terminal): number {
  // Commander has printed it already; asking for help is no fault.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage
  if (error instanceof EndedWith) return error.code
  if (error instanceof UsageError) {
    terminal.err(`xpool: ${error.message}`)
    return exitCode.usage
  }
  if (error instanceof FindingError) {
    terminal.err(`xpool: ${error.message}`)
    return exitCode.refused
  }
  if (!(error instanceof XpoolError)) throw error
  if (globals.json) terminal.out(JSON.stringify(refusalJson(error)))
  if (error.unreachable) {
    terminal.err(`xpool: ${unreachableText(error, globals.server)}`)
    return exitCode.unreachable
  }
  if (!globals.json) terminal.err(`xpool: ${refusalText(error)}`)
  return exitCode.refused
}
