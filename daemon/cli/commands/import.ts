import { randomUUID } from 'node:crypto'
import { type Command, Option } from 'commander'
import type { XpoolClient } from '../../client/client.js'
import { limits } from '../../core/limits.js'
import { type Checked, checkFile, partsOf, sizeOf } from '../import/number-file.js'
import { type Meter, meterOf } from '../import/progress.js'
import { sendParts } from '../import/send.js'
import { count, poolOption } from '../options.js'
import { counted } from '../render/table.js'
import type { Cli, Report, Session } from '../session.js'

const partSizeDefault = 10_000
/** The last part makes all others live, which takes longer than an ordinary call, ms. */
const timeoutDefaultMs = 60_000
const msPerSecond = 1_000

interface ImportFlags {
  readonly pool: string
  readonly area?: string
  readonly partSize: number
  readonly importId?: string
}

export function addImport(program: Command, cli: Cli): void {
  const command = program
    .command('import')
    .summary('add the numbers of a CSV file, all or none')
    .description(description)
    .argument('<file>', 'the CSV file')
  const options = [
    poolOption().makeOptionMandatory(),
    new Option('--area <area>', 'of the rows that name none'),
    count('--part-size <n>', 'numbers sent at once', 1, limits.numbersPerRequest).default(partSizeDefault),
    new Option('--import-id <id>', 'ties the parts together (default: a new one)'),
  ]
  for (const option of options) command.addOption(option)
  command.action((file: string, flags: ImportFlags) =>
    cli.online(command, (client, session) => importFile(client, session, file, flags)),
  )
}

const description = `Add the numbers of a CSV file to a pool, all or none.
Each line is number[,area]; a header line may name the columns. The whole file is checked before
anything is sent, and a bad line is reported by its number. The numbers go live together.`

async function importFile(client: XpoolClient, session: Session, file: string, flags: ImportFlags): Promise<Report> {
  const { terminal, globals } = session
  const begun = performance.now()
  const areaDefault = flags.area ?? ''
  const size = Math.max(1, await sizeOf(file))
  const checked = await metered(meterOf(terminal, 'checking', 'bytes', size), (meter) =>
    checkFile(file, areaDefault, meter.at),
  )
  const wanted = {
    pool: flags.pool,
    importId: flags.importId ?? `import-${randomUUID()}`,
    total: checked.numbers,
    timeoutMs: globals.timeout ?? timeoutDefaultMs,
  }
  const sent = await metered(meterOf(terminal, 'sending', 'numbers', checked.numbers), (meter) => {
    const parts = partsOf(file, areaDefault, flags.partSize, checked)
    return sendParts(client, wanted, parts, { progress: meter.at, note: (text) => terminal.err(text) })
  })
  return reportOf(wanted, checked, sent.parts, (performance.now() - begun) / msPerSecond)
}

async function metered<T>(meter: Meter, work: (meter: Meter) => Promise<T>): Promise<T> {
  try {
    return await work(meter)
  } finally {
    meter.end()
  }
}

function reportOf(
  { pool, importId }: { readonly pool: string; readonly importId: string },
  { numbers, areas }: Checked,
  parts: number,
  seconds: number,
): Report {
  return {
    json: () => ({ pool, import_id: importId, live: numbers, areas, parts, seconds: Number(seconds.toFixed(3)) }),
    text: () => {
      const rest = `${counted(areas, 'area')}, ${seconds.toFixed(1)} s`
      return `live in pool ${pool}: ${counted(numbers, 'number')} (${rest})`
    },
  }
}
