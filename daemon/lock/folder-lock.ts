/**
 * A data folder is held by one process at a time, offline commands included:
 * two writers of one LMDB environment with caches of their own would each undo
 * the other. The hold ends with the process, kill -9 included, and needs no
 * hand to clear it.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { giveLifeSign, hasLifeSign } from './life-sign.js'
import { drawIdentityId, livenessOf, ownIdentity, type ProcessIdentity } from './process-identity.js'
import { lockName, readChain, removeHead, shorten, succeed } from './succession.js'

/** Each lost race means that somebody else went on, so a few are plenty. */
const attemptsMax = 100

export interface FolderLock {
  /** The dead process that it was taken over from. */
  readonly tookOverFrom: ProcessIdentity | undefined
  /** Gives the folder up. Safe to call again. */
  release(): Promise<void>
}

export class FolderHeld extends Error {
  override readonly name = 'FolderHeld'
  readonly holder: ProcessIdentity

  constructor(folder: string, holder: ProcessIdentity, certain: boolean) {
    const who = `${holder.command} (pid ${holder.pid} on ${holder.host}, since ${holder.since})`
    const advice = certain
      ? 'one process at a time may use it; stop that one first'
      : `it runs in another container, so that it cannot be told whether it still does; if it does not, remove ${join(folder, lockName)}`
    super(`the data folder ${folder} is held by ${who}: ${advice}`)
    this.holder = holder
  }
}

/**
 * Holds a data folder, which is made if it is not there.
 * @param folder absolute, on a local disk
 * @param command who holds it, for people: `xpoold`, `xpool check`
 * @throws FolderHeld
 */
export async function holdFolder(folder: string, command: string): Promise<FolderLock> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const id = drawIdentityId()
  // Before the lock is taken: whoever reads its name there can ask for a sign of life at once.
  const lifeSign = await giveLifeSign(folder, id)
  const own = ownIdentity(id, command, lifeSign !== undefined)
  try {
    const tookOverFrom = await take(folder, own)
    let held = true
    const release = async () => {
      if (!held) return
      held = false
      removeHead(folder, own)
      await lifeSign?.stop()
    }
    return { tookOverFrom, release }
  } catch (error) {
    await lifeSign?.stop()
    throw error
  }
}

async function take(folder: string, own: ProcessIdentity): Promise<ProcessIdentity | undefined> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const chain = readChain(folder)
    const last = chain.at(-1)?.identity
    if (last !== undefined) await refuseIfAlive(folder, last)
    if (!succeed(folder, chain, own)) continue
    shorten(folder, chain, own)
    return last
  }
  throw new Error(`${join(folder, lockName)}: lost ${attemptsMax} races for it`)
}

async function refuseIfAlive(folder: string, holder: ProcessIdentity): Promise<void> {
  const liveness = livenessOf(holder)
  if (liveness === 'dead') return
  if (liveness === 'alive') throw new FolderHeld(folder, holder, true)
  if (!holder.lifeSign) throw new FolderHeld(folder, holder, false)
  if (await hasLifeSign(folder, holder.id)) throw new FolderHeld(folder, holder, true)
}
