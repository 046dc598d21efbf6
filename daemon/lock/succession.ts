/**
 * Who holds a folder, as files that only ever change by one atomic step, so
 * that of two processes that both find a dead holder exactly one succeeds it:
 *
 *      daemon.lock             identity U         (U died)
 *      daemon.lock.after-U     identity V         (V succeeded U, and died before it took daemon.lock)
 *      daemon.lock.after-V     identity W         W holds the folder
 *
 * link(2) makes `after-U` with its content, or fails because somebody was
 * first. Whoever stands at the end of the chain holds the folder. It then
 * renames its identity over daemon.lock and removes the rest: the chain is
 * short again. A name `after-U` may be made anew once it was removed, so
 * whoever made one looks again whether the chain still begins where it did.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type ProcessIdentity, parseIdentity } from './process-identity.js'

export const lockName = 'daemon.lock'
/** A chain grows by one for each successor killed within the milliseconds that a take-over takes. */
const chainLinksMax = 1_000

/** One file of the chain. */
interface Link {
  /** The unreadable (a power cut before its content was on disk) has no identity, and is dead. */
  readonly identity: ProcessIdentity | undefined
  /** Names its successor. */
  readonly id: string
}

/** From daemon.lock on; empty: nobody holds the folder. */
export function readChain(folder: string): Link[] {
  const chain: Link[] = []
  let next = readLink(folder, lockName)
  while (next !== undefined) {
    chain.push(next)
    if (chain.length > chainLinksMax)
      throw new Error(`${join(folder, lockName)}: more than ${chainLinksMax} successors`)
    next = readLink(folder, successorName(next.id))
  }
  return chain
}

/** Makes `own` the successor of the last of `chain`; false: somebody else was first, read the chain again. */
export function succeed(folder: string, chain: readonly Link[], own: ProcessIdentity): boolean {
  const last = chain.at(-1)
  const name = last === undefined ? lockName : successorName(last.id)
  const draft = writeDraft(folder, own)
  try {
    linkSync(draft, join(folder, name))
  } catch (error) {
    // ENOENT: a new holder swept the draft away.
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
  if (readChain(folder).at(-1)?.id === own.id) return true
  removeOwn(folder, name, own)
  return false
}

/**
 * The holder moves to the head of the chain and removes what is behind it. What
 * belongs to nobody in `chain` may be that of a starter still at work: its draft
 * it writes anew, but its sign of life it gives once, so that one stays.
 */
export function shorten(folder: string, chain: readonly Link[], own: ProcessIdentity): void {
  if (readLink(folder, lockName)?.id !== own.id) renameSync(writeDraft(folder, own), join(folder, lockName))
  for (const { id } of chain) rmSync(join(folder, lifeSignName(id)), { force: true })
  for (const name of readdirSync(folder)) {
    if (/^daemon\.lock\.(after|draft)-/.test(name)) rmSync(join(folder, name), { force: true })
  }
}

/** Gives the folder up; does nothing if somebody else holds it. */
export function removeHead(folder: string, own: ProcessIdentity): void {
  removeOwn(folder, lockName, own)
}

function removeOwn(folder: string, name: string, own: ProcessIdentity): void {
  if (readLink(folder, name)?.id === own.id) rmSync(join(folder, name), { force: true })
}

/** The socket of life-sign.ts. */
export function lifeSignName(id: string): string {
  return `${lockName}.alive-${id}`
}

function successorName(id: string): string {
  return `${lockName}.after-${id}`
}

function readLink(folder: string, name: string): Link | undefined {
  const path = join(folder, name)
  try {
    const identity = parseIdentity(readFileSync(path, 'utf8'))
    return { identity, id: identity?.id ?? `unreadable-${statSync(path).ino}` }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** On disk before it is given its name, so that a power cut leaves no empty lock. */
function writeDraft(folder: string, own: ProcessIdentity): string {
  const path = join(folder, `${lockName}.draft-${own.id}`)
  const file = openSync(path, 'w', 0o600)
  try {
    writeSync(file, `${JSON.stringify(own, undefined, 2)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return path
}
