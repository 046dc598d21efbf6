/** SIGTERM and SIGINT: the first asks for an orderly end, a second ends the process at once. */
import type { Log } from './log/log.js'

const signals = ['SIGTERM', 'SIGINT'] as const

/** Resolves at the first signal. The second is SIGKILL to ourselves: an orderly exit beside open writers can hang for ever. */
export async function untilStopped(log: Log): Promise<void> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of signals) process.once(name, () => resolve(name))
  })
  const beganAt = performance.now()
  log('DAEMON_DRAINING', { signal })
  for (const name of signals) {
    process.once(name, () => {
      log('DAEMON_FORCED', { signal: name })
      process.kill(process.pid, 'SIGKILL')
    })
  }
  process.once('exit', () => log('DAEMON_STOPPED', { tookMs: Math.round(performance.now() - beganAt) }))
}
