/** What a load cost the server, thread by thread, and how busy each side's core was. Linux alone tells. */
import { readdir, readFile } from 'node:fs/promises'
import { parseStat, processCpuUs } from '../server-cpu.js'

export interface Usage {
  readonly elapsedMs: number
  /** User and system time of the server, microseconds. */
  readonly serverCpuUs: number
  /** Of the server's threads, by name, those that did anything; microseconds. */
  readonly threadCpuUs: Readonly<Record<string, number>>
  /** Bytes that the server gave to the disk. */
  readonly writtenBytes: number
  /** User and system time of this process and of the children that ended meanwhile, microseconds. */
  readonly clientCpuUs: number
  /** CPU time of the whole machine, microseconds: what neither side took, others did. */
  readonly machineCpuUs: number
}

/** @throws where /proc does not tell */
export async function usageOf<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; usage: Usage }> {
  const before = await snapshot(pid)
  const result = await work()
  const after = await snapshot(pid)
  const threadCpuUs: Record<string, number> = {}
  for (const [id, { name, us }] of after.threads) {
    const spent = us - (before.threads.get(id)?.us ?? 0)
    if (spent > 0) threadCpuUs[name] = (threadCpuUs[name] ?? 0) + spent
  }
  return {
    result,
    usage: {
      elapsedMs: after.atMs - before.atMs,
      serverCpuUs: after.serverUs - before.serverUs,
      threadCpuUs,
      writtenBytes: after.writtenBytes - before.writtenBytes,
      clientCpuUs: after.clientUs - before.clientUs,
      machineCpuUs: after.machineUs - before.machineUs,
    },
  }
}

interface Thread {
  readonly name: string
  readonly us: number
}

async function snapshot(pid: number) {
  const serverUs = await processCpuUs(pid)
  const ownStat = await readFile('/proc/self/stat', 'utf8')
  const clientUs = parseStat(ownStat)
  if (serverUs === undefined || clientUs === undefined) throw new Error(`no CPU time of process ${pid} in /proc`)
  return {
    atMs: performance.now(),
    serverUs,
    threads: await threadsOf(pid),
    writtenBytes: parseWritten(await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '')),
    clientUs: clientUs + childrenUs(ownStat),
    machineUs: parseMachine(await readFile('/proc/stat', 'utf8')),
  }
}

/** Ticks of /proc are hundredths of a second (USER_HZ). */
const tickUs = 10_000

/** Time of the children that were waited for: fields 16 and 17, counted from behind the command's name. */
export function childrenUs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) * tickUs
}

export function parseWritten(io: string): number {
  return Number(/^write_bytes: (\d+)$/m.exec(io)?.[1] ?? 0)
}

/** All cores together: user, nice, system, irq and softirq; idle, iowait and steal are nobody's work. */
export function parseMachine(stat: string): number {
  const fields = stat.slice(0, stat.indexOf('\n')).trim().split(/\s+/).map(Number)
  return [1, 2, 3, 6, 7].reduce((sum, index) => sum + (fields[index] ?? 0), 0) * tickUs
}

async function threadsOf(pid: number): Promise<Map<string, Thread>> {
  const threads = new Map<string, Thread>()
  for (const id of await readdir(`/proc/${pid}/task`)) {
    try {
      const stat = await readFile(`/proc/${pid}/task/${id}/stat`, 'utf8')
      threads.set(id, { name: threadName(stat), us: parseStat(stat) ?? 0 })
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return threads
}

export function threadName(stat: string): string {
  return stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
}
