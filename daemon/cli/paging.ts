/** Lists come in pages, and a page may be shorter than asked for and yet have a successor. */
import { Option } from 'commander'
import { count } from './options.js'

/** The most that the server puts in one page. */
const pageSizeMax = 1_000
const rowsDefault = 100

export interface PageFlags {
  readonly limit: number
  readonly all?: boolean
  readonly pageToken?: string
}

export interface Page<Row> {
  readonly rows: Row[]
  readonly nextPageToken: string
}

export function pageOptions(): Option[] {
  return [
    count('--limit <n>', 'show at most so many', 1).default(rowsDefault),
    new Option('--all', 'show all, however many'),
    new Option('--page-token <token>', 'go on where an earlier list ended'),
  ]
}

/** Follows the pages until as many rows as asked for are there, and no further. */
export async function gather<Row>(
  flags: PageFlags,
  fetch: (pageSize: number, pageToken: string) => Promise<Page<Row>>,
): Promise<Page<Row>> {
  const wanted = flags.all === true ? Number.POSITIVE_INFINITY : flags.limit
  const rows: Row[] = []
  let token = flags.pageToken ?? ''
  do {
    const page = await fetch(Math.min(pageSizeMax, wanted - rows.length), token)
    rows.push(...page.rows)
    token = page.nextPageToken
  } while (token !== '' && rows.length < wanted)
  return { rows, nextPageToken: token }
}

/** What follows a table that is not the whole list. */
export function moreText(nextPageToken: string): string {
  return nextPageToken === '' ? '' : `\nmore: --page-token ${nextPageToken}`
}
