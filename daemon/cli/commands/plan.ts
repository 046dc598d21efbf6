/** `plan` and `plan generate`: how many numbers a trace needs, and traces to try it with. Neither asks a daemon. */
import { stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Argument, type Command } from 'commander'
import type { Selection } from '../../core/binding.js'
import { defaults, limits } from '../../core/limits.js'
import { runPlan } from '../../jobs/plan-jobs.js'
import type { PlanResult, PlanStep } from '../../jobs/plan-pool.js'
import { generate, type TraceKind, traceKinds } from '../../plan/generate.js'
import { planLimits } from '../../plan/limits.js'
import { lineOf, writtenHeader } from '../../plan/trace-line.js'
import { UsageError } from '../exit-code.js'
import { type Meter, meterOf } from '../import/progress.js'
import { count } from '../options.js'
import { areaOption, cooldownsOption, policiesOption, refusalsOption } from '../plan-options.js'
import { planJson, planText } from '../render/plan.js'
import type { Cli, Report, Session } from '../session.js'
import type { Terminal } from '../terminal.js'

const bindingsDefault = 20_000
const lastSeed = 2 ** 32 - 1
/** Lines written between two looks at whether anybody still reads. */
const linesAtOnce = 1_000

interface PlanFlags {
  readonly refusals: number
  readonly cooldown: readonly number[]
  readonly policies: readonly Selection[]
  readonly capacity: number
  readonly spare: number
  readonly area?: string
}

export function addPlan(program: Command, cli: Cli): void {
  const command = program
    .command('plan')
    .summary('how many numbers a trace of bindings needs')
    .description(description)
    .argument('<trace>', 'the trace, a CSV file')
  const options = [
    refusalsOption(),
    cooldownsOption(),
    policiesOption(),
    count('--capacity <n>', 'live bindings that one number carries', 1, limits.bindingsPerNumberMax).default(
      defaults.bindingsPerNumber,
    ),
    count('--spare <percent>', 'spare_percent of the pool, for PACK', 0, planLimits.sparePercents).default(
      defaults.sparePercent,
    ),
    areaOption(),
  ]
  for (const option of options) command.addOption(option)
  command.action((file: string, flags: PlanFlags) => cli.offline(command, (session) => planFile(session, file, flags)))
  addGenerate(command, cli)
}

const description = `How many numbers a pool needs for a trace of bindings, and what a longer cooldown costs: the allocator of the daemon
itself is played against the trace, in pools of different sizes, until the smallest that will do is found.
The first line of the trace names its columns: start, end (or ttl_ms), a, b, area, booked.`

function addGenerate(plan: Command, cli: Cli): void {
  const command = plan
    .command('generate')
    .summary('write a trace to try it with')
    .description('Write a made-up trace to the standard output. The same seed gives the same trace.')
    .addArgument(new Argument('<kind>', 'what kind of business').choices(traceKinds))
    .addOption(count('--bindings <n>', 'how many', 1, planLimits.bookings).default(bindingsDefault))
    .addOption(count('--seed <n>', 'another seed, another trace', 0, lastSeed).default(1))
  command.action((kind: TraceKind, { bindings, seed }: { bindings: number; seed: number }) =>
    writeTrace(cli.terminal, kind, seed, bindings),
  )
}

async function planFile({ terminal }: Session, file: string, flags: PlanFlags): Promise<Report> {
  await checkFile(file)
  const request = {
    refusedShare: flags.refusals,
    cooldownsMs: flags.cooldown,
    policies: flags.policies,
    bindingsPerNumber: flags.capacity,
    sparePercent: flags.spare,
  }
  const made = await metered(terminal, (progress) => runPlan({ file, area: flags.area, request }, progress))
  if ('faults' in made) {
    const listed = made.faults.map((fault) => `\n  ${fault}`).join('')
    throw new UsageError(`${file}: nothing was planned:${listed}`)
  }
  return { json: () => planJson(made, request), text: () => planText(made, request) }
}

/** A bar that begins once it is known how much there is to do. */
async function metered(
  terminal: Terminal,
  work: (progress: (step: PlanStep) => void) => Promise<PlanResult>,
): Promise<PlanResult> {
  let meter: Meter | undefined
  try {
    return await work(({ done, total }) => {
      meter ??= meterOf(terminal, 'planning', 'steps', total)
      meter.at(done)
    })
  } finally {
    meter?.end()
  }
}

async function checkFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw new UsageError(`${file}: there is no such file`)
  if (found.isDirectory()) throw new UsageError(`${file}: this is a folder`)
}

async function writeTrace(terminal: Terminal, kind: TraceKind, seed: number, bindings: number): Promise<void> {
  const stop = terminal.interrupted?.()
  let lines = [writtenHeader]
  for (const booking of generate(kind, seed, bindings)) {
    lines.push(lineOf(booking))
    if (lines.length < linesAtOnce) continue
    terminal.out(lines.join('\n'))
    lines = []
    await nextTurn()
    if (stop?.aborted === true) return
  }
  if (lines.length > 0) terminal.out(lines.join('\n'))
}
