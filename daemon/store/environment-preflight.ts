/**
 * Whether an environment may be opened at all. A truncated file, or meta pages
 * that point nowhere, kill the process that maps it by SIGBUS or a failed
 * assertion, so a child process opens it first and dies in our place.
 *
 *   file missing ---------------------------------------> fine, it will be made
 *   meta pages unreadable ------------------------------> DamagedEnvironment
 *   file as long as its meta page says -> child looks at every database --+-> exit 0: fine
 *   file shorter -> child copies all that is live, compacting, elsewhere -+-> anything else: DamagedEnvironment
 *
 * A file may be shorter than its meta page says and still be whole, when its
 * last pages were taken and given back in one commit; hence the second way.
 * The walk over every record is check.ts.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Opening the environment would end the process. */
export class DamagedEnvironment extends Error {
  override readonly name = 'DamagedEnvironment'

  constructor(directory: string, what: string) {
    super(`${directory} cannot be opened: ${what}; restore a back-up, or rebuild it from its journal`)
  }
}

/** A child that has not answered by then is taken for stuck, ms. */
const childTimeoutMs = 120_000
/** What a child may say before it is cut off, bytes. */
const childMessageBytes = 4_096

/** The meta page of LMDB's data format 2, of which a file begins with two copies. Byte offsets from the page's start. */
const metaPage = {
  magicAt: 24,
  magic: 0xbeefc0de,
  versionAt: 28,
  version: 2,
  pageSizeAt: 48,
  lastPageAt: 144,
  transactionAt: 152,
  bytes: 160,
} as const
const pageSizes = { least: 512, most: 65_536 } as const

interface MetaPage {
  readonly pageSize: number
  readonly lastPage: number
  readonly transaction: bigint
}

/** Resolves when the environment may be opened, or is not there yet. Rejects with DamagedEnvironment. */
export async function checkEnvironment(directory: string): Promise<void> {
  const file = join(directory, 'data.mdb')
  if (!existsSync(file)) return
  const { meta, bytes } = readMeta(directory, file)
  const expected = (meta.lastPage + 1) * meta.pageSize
  const fault = bytes < expected ? await copyElsewhere(directory) : await runChild([directory])
  if (fault === undefined) return
  const size = bytes < expected ? `, and the file has ${bytes} of ${expected} bytes` : ''
  throw new DamagedEnvironment(directory, `${fault}${size}`)
}

function readMeta(directory: string, file: string): { readonly meta: MetaPage; readonly bytes: number } {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = fstatSync(descriptor).size
    const first = metaAt(descriptor, 0)
    // A first copy that is torn does not say where the second stands; it is then at the usual page size.
    const second = metaAt(descriptor, first?.pageSize ?? 4_096)
    const meta = newest(first, second)
    if (first === undefined || second === undefined || meta === undefined) {
      throw new DamagedEnvironment(directory, `its meta pages are not those of an LMDB file (${bytes} bytes)`)
    }
    return { meta, bytes }
  } finally {
    closeSync(descriptor)
  }
}

function metaAt(descriptor: number, position: number): MetaPage | undefined {
  const page = Buffer.alloc(metaPage.bytes)
  if (readSync(descriptor, page, 0, page.length, position) < page.length) return undefined
  if (page.readUInt32LE(metaPage.magicAt) !== metaPage.magic) return undefined
  if (page.readUInt32LE(metaPage.versionAt) !== metaPage.version) return undefined
  const pageSize = page.readUInt32LE(metaPage.pageSizeAt)
  if (pageSize < pageSizes.least || pageSize > pageSizes.most || (pageSize & (pageSize - 1)) !== 0) return undefined
  return {
    pageSize,
    lastPage: Number(page.readBigUInt64LE(metaPage.lastPageAt)),
    transaction: page.readBigUInt64LE(metaPage.transactionAt),
  }
}

function newest(first: MetaPage | undefined, second: MetaPage | undefined): MetaPage | undefined {
  if (first === undefined || second === undefined) return first ?? second
  return second.transaction > first.transaction ? second : first
}

/** As runChild, looking at everything. The copy is made beside the file and dropped by us: the child may not live to do it. */
async function copyElsewhere(directory: string): Promise<string | undefined> {
  const target = mkdtempSync(join(directory, 'check-'))
  try {
    return await runChild([directory, target])
  } finally {
    rmSync(target, { recursive: true, force: true })
  }
}

/** What is wrong, or undefined. */
function runChild(parameters: readonly string[]): Promise<string | undefined> {
  // Beside this file, as TypeScript in the source tree and as JavaScript once built.
  const script = new URL(`./environment-preflight-child${extname(import.meta.url)}`, import.meta.url)
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [fileURLToPath(script), ...parameters], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: childTimeoutMs,
      killSignal: 'SIGKILL',
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < childMessageBytes) said += chunk.toString('utf8')
    })
    child.on('error', (error) => resolve(`the process that checks it did not start (${error.message})`))
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined)
      else if (signal !== null) resolve(`reading it ended a process by ${signal}`)
      else resolve(`reading it failed (${firstLine(said)})`)
    })
  })
}

function firstLine(said: string): string {
  return said.split('\n').find((line) => line.trim() !== '') ?? 'no message'
}
