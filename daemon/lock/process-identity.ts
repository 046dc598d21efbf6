/**
 * Which process on which machine, told apart from any other process that ever
 * had or will have its pid: with the moment it started and the boot of the
 * kernel it ran under. All of it is Linux's /proc; elsewhere those fields are
 * empty and the pid alone must do.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface ProcessIdentity {
  /** Drawn for each acquisition, never seen again. */
  readonly id: string
  readonly pid: number
  /** Clock ticks from boot to the start of the process; empty where there is no /proc. */
  readonly processStart: string
  readonly bootId: string
  /** A pid means something within its namespace only: containers have one each. */
  readonly pidNamespace: string
  readonly host: string
  /** Whether it listens on a socket that tells other containers that it lives (life-sign.ts). */
  readonly lifeSign: boolean
  /** What the process is, for people: `xpoold`, `xpool check`. */
  readonly command: string
  /** ISO 8601. */
  readonly since: string
}

const textFields = ['id', 'processStart', 'bootId', 'pidNamespace', 'host', 'command', 'since'] as const

export function drawIdentityId(): string {
  return randomBytes(12).toString('hex')
}

/** This process. */
export function ownIdentity(id: string, command: string, lifeSign: boolean): ProcessIdentity {
  return {
    id,
    pid: process.pid,
    processStart: processStat(process.pid)?.start ?? '',
    bootId: bootId(),
    pidNamespace: ownPidNamespace(),
    lifeSign,
    host: hostname(),
    command,
    since: new Date().toISOString(),
  }
}

/** undefined unless it is the text of an identity. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  let found: Record<string, unknown>
  try {
    found = JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
  if (typeof found !== 'object' || found === null) return undefined
  const fits = textFields.every((field) => typeof found[field] === 'string')
  if (!fits || !Number.isInteger(found['pid']) || typeof found['lifeSign'] !== 'boolean') return undefined
  if (!/^[0-9a-f]{24}$/.test(String(found['id']))) return undefined
  return found as unknown as ProcessIdentity
}

/** `unknown`: on this machine and boot, but in another container, where pids tell nothing. */
type Liveness = 'alive' | 'dead' | 'unknown'

export function livenessOf(identity: ProcessIdentity): Liveness {
  // The data folder lies on a local disk: who wrote there under another boot is gone with it.
  if (identity.bootId !== bootId()) return 'dead'
  if (identity.pidNamespace !== ownPidNamespace()) return 'unknown'
  if (identity.processStart === '') return hasPid(identity.pid) ? 'alive' : 'dead'
  const stat = processStat(identity.pid)
  return stat !== undefined && stat.start === identity.processStart && stat.runs ? 'alive' : 'dead'
}

function hasPid(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: there is one, of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** proc(5): the name in brackets may hold anything, so count from the last bracket; state is field 3, start 22. */
function processStat(pid: number): { readonly start: string; readonly runs: boolean } | undefined {
  const text = readText(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  const rest = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { start: rest[19] ?? '', runs: !isZombie(rest[0]) || hasOtherThreads(pid) }
}

function isZombie(state: string | undefined): boolean {
  return state === 'Z' || state === 'X'
}

/** A killed process is a zombie as soon as its first thread is, while another may still be inside an fsync. */
function hasOtherThreads(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => thread !== String(pid))
  } catch {
    return false
  }
}

function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
}

function ownPidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
