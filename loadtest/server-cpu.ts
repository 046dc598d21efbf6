/**
 * CPU time of another process, from /proc: what a request costs the server
 * does not depend on how fast the client is.
 */
import { readFile } from 'node:fs/promises'

/** Ticks of /proc/PID/stat are hundredths of a second on every Linux that Node runs on (USER_HZ). */
const tickUs = 10_000

/**
 * User and system time of all threads of a process, microseconds.
 * @returns undefined where there is no such process, or no /proc
 */
export async function processCpuUs(pid: number): Promise<number | undefined> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** The second field, the command in parentheses, may hold spaces and parentheses: count from the last of them. */
export function parseStat(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return Number.isFinite(ticks) ? ticks * tickUs : undefined
}

/** Private resident memory of a process (RssAnon), bytes; undefined where it cannot be read. */
export async function processMemory(pid: number): Promise<number | undefined> {
  try {
    const line = /^RssAnon:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))
    return line === null ? undefined : Number(line[1]) * 1_024
  } catch {
    return undefined
  }
}
