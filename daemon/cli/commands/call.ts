/** `call`: what call control reports of a call, by hand: for trying things out, and for a report that was lost. */
import { type Command, Option } from 'commander'
import type { ReportCallResponse } from '../../generated/xpool/v1/resolution.js'
import { BindingState, CallPhase } from '../../generated/xpool/v1/types.js'
import { time } from '../options.js'
import { formatEnum } from '../parse/enum-name.js'
import { formatTime } from '../parse/time.js'
import { bindingEnums, jsonOf } from '../render/json.js'
import { lines } from '../render/table.js'
import type { Cli } from '../session.js'

interface CallFlags {
  readonly at?: number
  readonly caller?: string
  readonly number?: string
  readonly answered?: boolean
  readonly cause?: string
}

const phases = [
  { name: 'started', phase: CallPhase.CALL_PHASE_STARTED, summary: 'a call was put through' },
  { name: 'answered', phase: CallPhase.CALL_PHASE_ANSWERED, summary: 'a call was answered' },
  { name: 'ended', phase: CallPhase.CALL_PHASE_ENDED, summary: 'a call is over' },
] as const

export function addCallCommands(program: Command, cli: Cli): void {
  const call = program
    .command('call')
    .summary('report how a call goes on')
    .description('Report how a call goes on, as call control does. Repeats and late reports do no harm.')
  for (const { name, phase, summary } of phases) addPhase(call, cli, name, phase, summary)
}

function addPhase(parent: Command, cli: Cli, name: string, phase: CallPhase, summary: string): void {
  const command = parent
    .command(name)
    .description(`Report that ${summary}.`)
    .argument('<binding-id>', 'the binding that resolve named')
    .argument('<call-id>', "call control's own id of the call")
  const options = [
    new Option('--caller <digits>', 'who calls; left out when withheld'),
    new Option('--number <digits>', 'the number dialled'),
    time('--at <time>', 'when it happened; left out: now'),
  ]
  if (phase === CallPhase.CALL_PHASE_ENDED) {
    options.push(new Option('--answered', 'it had been answered'), new Option('--cause <text>', 'why it ended'))
  }
  for (const option of options) command.addOption(option)
  command.action((bindingId: string, callId: string, { at, ...told }: CallFlags) =>
    cli.online(command, async (client) => {
      const answer = await client.reportCall({ bindingId, callId, phase, atMs: at, ...told })
      return { json: () => jsonOf(answer, bindingEnums), text: () => takenText(answer) }
    }),
  )
}

function takenText({ recorded, state, cooldownUntilMs }: ReportCallResponse): string {
  return lines([
    ['report', recorded ? 'taken' : 'tells nothing new'],
    ['binding', formatEnum(BindingState, 'BINDING_STATE_', state)],
    ['cooling until', formatTime(cooldownUntilMs)],
  ])
}
