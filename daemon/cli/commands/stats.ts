import type { Command } from 'commander'
import { poolOption } from '../options.js'
import { formatTime } from '../parse/time.js'
import { jsonOf } from '../render/json.js'
import { statsText } from '../render/stats.js'
import type { Cli } from '../session.js'

export function addStats(program: Command, cli: Cli): void {
  const command = program
    .command('stats')
    .summary('how full pools are')
    .description('How full pools are, and how far tenants are into their quotas.')
    .addOption(poolOption())
  command.action(({ pool }: { pool?: string }) =>
    cli.online(command, async (client) => {
      const answer = await client.getStats({ pool })
      return { json: () => jsonOf(answer), text: () => statsText(answer) }
    }),
  )
}

export function addClock(program: Command, cli: Cli): void {
  const clock = program.command('clock').summary('confirm a clock that jumped').description("The server's clock.")
  const confirm = clock
    .command('confirm')
    .description('Accept a clock that jumped more than 10 minutes ahead, once its time is known to be right.')
  confirm.action(() =>
    cli.online(confirm, async (client) => {
      const answer = await client.confirmClock({})
      return { json: () => jsonOf(answer), text: () => `the server's time is ${formatTime(answer.nowMs)}` }
    }),
  )
}
