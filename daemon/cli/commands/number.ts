import { type Command, Option } from 'commander'
import type { NumberBlock, SetNumberStateRequest } from '../../generated/xpool/v1/administration.js'
import { NumberState } from '../../generated/xpool/v1/types.js'
import { UsageError } from '../exit-code.js'
import { block, blocks, choice, poolOption } from '../options.js'
import { gather, moreText, type PageFlags, pageOptions } from '../paging.js'
import { jsonOf, numberEnums } from '../render/json.js'
import { numberColumns, numberText } from '../render/number.js'
import { counted, table } from '../render/table.js'
import type { Cli } from '../session.js'

interface AddFlags {
  readonly pool: string
  readonly area?: string
  readonly block?: NumberBlock[]
}

interface ListFlags extends PageFlags {
  readonly pool?: string
  readonly state?: NumberState
}

interface RemoveFlags {
  readonly pool: string
  readonly block?: NumberBlock[]
  readonly reason?: string
}

interface StateFlags {
  readonly block?: NumberBlock
  readonly state: NumberState
  readonly reason?: string
}

export function addNumberCommands(program: Command, cli: Cli): void {
  const number = program
    .command('number')
    .summary('add and remove numbers, set their state')
    .description('Proxy numbers: adding and removing them, and taking them in and out of service.')
  addAdd(number, cli)
  addRemove(number, cli)
  addShow(number, cli)
  addList(number, cli)
  addState(number, cli)
}

function addAdd(parent: Command, cli: Cli): void {
  const command = parent
    .command('add')
    .description('Add numbers to a pool, all or none. For more than 50,000 use import.')
    .argument('[number...]', 'single numbers, or')
    .addOption(blocks('--block <first:count...>', 'ranges, such as 700123456780000:10000'))
    .addOption(poolOption().makeOptionMandatory())
    .option('--area <area>', 'their area')
  command.action((numbers: string[], { pool, area, block }: AddFlags) =>
    cli.online(command, async (client) => {
      requireEither(numbers, block)
      const answer = await client.addNumbers({ pool, area, numbers, blocks: block })
      return { json: () => jsonOf(answer), text: () => `live in pool ${pool}: ${counted(answer.live, 'number')}` }
    }),
  )
}

function addRemove(parent: Command, cli: Cli): void {
  const command = parent
    .command('remove')
    .description('Take numbers out of their pool for good, all or none; they must carry no route, live or cooling.')
    .argument('[number...]', 'single numbers, or')
    .addOption(blocks('--block <first:count...>', 'ranges, such as 700123456780000:10000'))
    .addOption(poolOption().makeOptionMandatory())
    .option('--reason <text>', 'for the records')
  command.action((numbers: string[], { pool, block, reason }: RemoveFlags) =>
    cli.online(command, async (client) => {
      requireEither(numbers, block)
      const answer = await client.removeNumbers({ pool, numbers, blocks: block, reason })
      return {
        json: () => jsonOf(answer),
        text: () => `removed from pool ${pool}: ${counted(answer.removed, 'number')}`,
      }
    }),
  )
}

function requireEither(numbers: readonly string[], ranges: readonly NumberBlock[] | undefined): void {
  if (numbers.length > 0 === (ranges !== undefined)) throw new UsageError('give either numbers or --block FIRST:COUNT')
}

function addShow(parent: Command, cli: Cli): void {
  const command = parent
    .command('show')
    .description('Show one number and how it is occupied.')
    .argument('<number>', 'its digits')
  command.action((digits: string) =>
    cli.online(command, async (client) => {
      const answer = await client.getNumber({ number: digits })
      const { number } = answer
      return {
        json: () => jsonOf(answer, numberEnums),
        text: () => (number === undefined ? 'The answer holds no number.' : numberText(number)),
      }
    }),
  )
}

function addList(parent: Command, cli: Cli): void {
  const command = parent
    .command('list')
    .description('List numbers in order of length and digits.')
    .addOption(poolOption())
    .addOption(choice('--state <state>', 'those in this state', NumberState, 'NUMBER_STATE_'))
  for (const option of pageOptions()) command.addOption(option)
  command.action((flags: ListFlags) =>
    cli.online(command, async (client) => {
      const { pool, state } = flags
      const { rows, nextPageToken } = await gather(flags, async (pageSize, pageToken) => {
        const page = await client.listNumbers({ pool, state, pageSize, pageToken })
        return { rows: page.numbers, nextPageToken: page.nextPageToken }
      })
      return {
        json: () => jsonOf({ numbers: rows, nextPageToken }, numberEnums),
        text: () => (rows.length === 0 ? 'no numbers' : table(numberColumns, rows)) + moreText(nextPageToken),
      }
    }),
  )
}

function addState(parent: Command, cli: Cli): void {
  const command = parent
    .command('state')
    .description('Set the state of a number or a range. It holds everywhere when the command returns.')
    .argument('[number]', 'its digits, or')
    .addOption(block('--block <first:count>', 'a range, such as 700123456780000:10000'))
    .addOption(choice('--state <state>', 'the new state', NumberState, 'NUMBER_STATE_').makeOptionMandatory())
    .addOption(new Option('--reason <text>', 'for the records'))
  command.action((digits: string | undefined, flags: StateFlags) =>
    cli.online(command, async (client) => {
      const { state, reason } = flags
      const answer = await client.setNumberState({ target: targetOf(digits, flags.block), state, reason })
      return { json: () => jsonOf(answer), text: () => `in that state now: ${counted(answer.changed, 'number')}` }
    }),
  )
}

function targetOf(digits: string | undefined, range: NumberBlock | undefined): SetNumberStateRequest['target'] {
  if ((digits === undefined) === (range === undefined))
    throw new UsageError('give either a number or --block FIRST:COUNT')
  return digits === undefined ? { $case: 'block', value: range! } : { $case: 'number', value: digits }
}
