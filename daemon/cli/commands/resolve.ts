import { type Command, Option } from 'commander'
import { Media } from '../../generated/xpool/v1/types.js'
import { choice } from '../options.js'
import { jsonOf, resolveEnums } from '../render/json.js'
import { resolutionText } from '../render/resolution.js'
import type { Cli } from '../session.js'

interface ResolveFlags {
  readonly number: string
  readonly caller: string
  readonly extension?: string
  readonly media?: Media
  readonly callId?: string
}

export function addResolve(program: Command, cli: Cli): void {
  const command = program
    .command('resolve')
    .summary('ask what call control asks at a call setup')
    .description(description)
  const options = [
    new Option('--number <digits>', 'the number dialled').makeOptionMandatory(),
    new Option('--caller <digits>', 'who calls; empty when withheld').default('', 'withheld'),
    new Option('--extension <digits>', 'the extension dialled'),
    choice('--media <medium>', 'what kind of call', Media, 'MEDIA_'),
    new Option('--call-id <id>', "call control's own id of the call"),
  ]
  for (const option of options) command.addOption(option)
  command.action((flags: ResolveFlags) => resolve(command, cli, flags))
}

const description = `Ask what call control asks at every call setup: who is this caller, on this number, right now, to
be put through to? A rejection is an answer too, and ends with exit code 0.`

async function resolve(command: Command, cli: Cli, flags: ResolveFlags): Promise<void> {
  const { number, caller, extension, media, callId } = flags
  await cli.online(command, async (client) => {
    const answer = await client.resolve({ number, caller, extension, media, callId })
    return { json: () => jsonOf(answer, resolveEnums), text: () => resolutionText(answer) }
  })
}
