/**
 * `xpool loadtest` starts the load test as a process of its own: it sees the
 * daemon as a stranger does, and nothing here knows its inside. What stands
 * after the command's name is its alone, help included.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { EndedWith, exitCode } from '../exit-code.js'
import type { Globals } from '../session.js'
import type { Terminal } from '../terminal.js'

export function addLoadtest(program: Command, terminal: Terminal): void {
  const command = program
    .command('loadtest')
    .summary('load a daemon that may be loaded, check every answer, report')
    .description(description)
    .argument('[options...]', 'see xpool loadtest --help')
    .helpOption(false)
    .allowUnknownOption()
  command.action(async (options: string[]) => {
    const { server, timeout } = command.optsWithGlobals<Globals>()
    const limit = timeout === undefined ? [] : ['--connect-timeout-ms', String(timeout)]
    // What is said after the command's name is said last, so it prevails.
    const code = await started(['--server', server, ...limit, ...options], terminal)
    if (code !== exitCode.ok) throw new EndedWith(code)
  })
}

const description = `Load a daemon from processes of their own, check every answer, and report: a table, JSON, a page with plots.
It makes a tenant and a pool of its own. xpool loadtest --help lists its options.`

/**
 * Everything after the command's name goes through unread: its `--json` takes a
 * file, unlike that of the other commands.
 */
export function keepLoadtestOptions(args: readonly string[]): string[] {
  const at = args.indexOf('loadtest')
  // A value of an option before it, as in `--server loadtest`, is no command.
  if (at < 0 || args.slice(0, at).some((one, index) => !one.startsWith('-') && !takesValue(args[index - 1])))
    return [...args]
  return [...args.slice(0, at + 1), '--', ...args.slice(at + 1)]
}

function takesValue(flag: string | undefined): boolean {
  return flag === '--server' || flag === '--timeout'
}

async function started(args: readonly string[], terminal: Terminal): Promise<number> {
  const child = spawn(process.execPath, [join(projectRoot(), 'dist/loadtest/main.js'), ...args], {
    // A progress bar needs the terminal itself.
    stdio: ['ignore', 'pipe', terminal.isTty ? 'inherit' : 'pipe'],
  })
  forward(child.stdout, (text) => terminal.out(text))
  forward(child.stderr, (text) => terminal.err(text))
  const [code] = (await once(child, 'close')) as [number | null]
  return code ?? exitCode.refused
}

function forward(stream: NodeJS.ReadableStream | null, write: (text: string) => void): void {
  stream?.setEncoding('utf8')
  stream?.on('data', (text: string) => write(text.replace(/\n$/, '')))
}

/** The folder of package.json, whether this runs from the sources or from the output. */
function projectRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}
