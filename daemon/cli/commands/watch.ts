/** `watch`: one line an event, until it is stopped, enough has been seen, or the server says why not. */
import { type Command, Option } from 'commander'
import type { XpoolClient } from '../../client/client.js'
import type { WatchSettings } from '../../client/watch.js'
import type { WatchResponse } from '../../generated/xpool/v1/allocation.js'
import { WatchKind } from '../../generated/xpool/v1/types.js'
import { UsageError } from '../exit-code.js'
import { choices, count, tenantOption } from '../options.js'
import { connectFault } from '../render/refusal.js'
import { eventJson, eventText } from '../render/watch-event.js'
import type { Cli, Session } from '../session.js'

interface WatchFlags {
  readonly tenant?: string
  readonly system?: boolean
  readonly kinds?: WatchKind[]
  readonly from?: string
  readonly count?: number
}

const description = `Print what happens, one line an event, until Ctrl-C: to one tenant's bindings, or in the whole system.
Lost connections are taken up again where they broke off. On leaving it prints the token to go on from.`

export function addWatch(program: Command, cli: Cli): void {
  const command = program.command('watch').summary('print events as they happen').description(description)
  const options = [
    tenantOption(),
    new Option('--system', 'all tenants, without parties, for an operator'),
    choices('--kinds <kind...>', 'none but these kinds', WatchKind, 'WATCH_KIND_'),
    new Option('--from <token>', 'go on right behind an earlier watch (default: from now on)'),
    // Not in the middle of a response: its token stands behind all of its events.
    count('--count <n>', 'end after so many events, and those that came along with the last', 1),
  ]
  for (const option of options) command.addOption(option)
  command.action((flags: WatchFlags) => {
    if (flags.tenant === undefined && flags.system !== true) throw new UsageError('give --tenant NAME or --system')
    return cli.following(command, (client, session) => follow(client, session, flags))
  })
}

async function follow(client: XpoolClient, session: Session, flags: WatchFlags): Promise<void> {
  const { terminal } = session
  let token = ''
  let lost = false
  const settings: WatchSettings = {
    signal: terminal.interrupted?.(),
    onLost: (error) => {
      // Once, and not again for every attempt that comes before the server does.
      if (!lost) terminal.err(`xpool: connection lost (${connectFault(error.message)}); going on where it broke off`)
      lost = true
    },
  }
  let left = flags.count ?? Number.POSITIVE_INFINITY
  try {
    for await (const { events, resumeToken } of responses(client, flags, settings)) {
      lost = false
      print(session, events, resumeToken)
      token = resumeToken
      left -= events.length
      if (left <= 0) return
    }
  } finally {
    if (token !== '') terminal.err(`xpool: to go on from here: --from ${token}`)
  }
}

function responses(client: XpoolClient, flags: WatchFlags, settings: WatchSettings): AsyncIterable<WatchResponse> {
  const { tenant, system, kinds, from } = flags
  return system === true
    ? client.watchSystem({ resumeToken: from, kinds }, settings)
    : client.watch({ tenant, resumeToken: from, kinds }, settings)
}

/** In JSON the last event of a response carries the token, for a program that may not live to read stderr. */
function print({ globals, terminal }: Session, events: WatchResponse['events'], resumeToken: string): void {
  for (const [i, event] of events.entries()) {
    if (!globals.json) {
      terminal.out(eventText(event, globals.reveal))
      continue
    }
    const json = eventJson(event)
    terminal.out(JSON.stringify(i === events.length - 1 ? { ...json, resume_token: resumeToken } : json))
  }
}
