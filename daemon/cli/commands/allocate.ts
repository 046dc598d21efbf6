import type { Command } from 'commander'
import type { Binding } from '../../generated/xpool/v1/types.js'
import { bindingText } from '../render/binding.js'
import { bindingEnums, jsonOf } from '../render/json.js'
import type { Cli, Report } from '../session.js'
import { type AllocateFlags, addAllocateOptions, allocateRequestOf } from './allocate-options.js'

export function addAllocate(program: Command, cli: Cli): void {
  const command = program.command('allocate').summary('lend a number to a pair').description(description)
  addAllocateOptions(command).action((flags: AllocateFlags) => allocate(command, cli, flags))
}

const description = `Lends a number to a pair (or a group) for a window of time.
A party is a number, or NUMBER@REF with a reference to the proof of the person's real name.`

async function allocate(command: Command, cli: Cli, flags: AllocateFlags): Promise<void> {
  await cli.online(command, async (client, { globals }) => {
    const answer = await client.allocate(allocateRequestOf(flags))
    const note = answer.replayed ? 'This request id was known: here is the binding that it made.\n' : ''
    return bindingReport(answer, globals.reveal, note)
  })
}

/** The report of every command that answers with one binding. */
export function bindingReport(answer: { readonly binding: Binding | undefined }, reveal: boolean, note = ''): Report {
  return {
    json: () => jsonOf(answer, bindingEnums),
    text: () =>
      note + (answer.binding === undefined ? 'The answer holds no binding.' : bindingText(answer.binding, reveal)),
  }
}
