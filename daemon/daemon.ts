/**
 * The composition root: every part of the daemon is made and tied here, in the
 * order in which it is needed, and ended in the reverse.
 *
 *   foundation -> writers open -> gateways listen -> (Resolve is served)
 *              -> shards loaded -> ready -> signal -> gateways -> writers -> folder
 */
import { formatAddress } from './config/address.js'
import type { Settings } from './config/settings.js'
import { type Foundation, layFoundation } from './foundation.js'
import type { Readiness } from './http/routes.js'
import { type Log, openLog } from './log/log.js'
import { errorFact } from './log/log-line.js'
import { serveOperations } from './operations.js'
import { untilStopped } from './stop-signals.js'
import type { MainAnswer, MainQuestion } from './threads/control.js'
import { GatewayThreads } from './threads/gateway-threads.js'
import { printWelcome } from './welcome.js'
import { closeWriters, openWriters, type Writers } from './writers.js'

/** After a failed start: long enough for the log line to leave, ms. */
const lastWordsMs = 500

/** Serves until a signal ends it; sets the exit code. */
export async function runDaemon(settings: Settings, unknownVariables: readonly string[]): Promise<void> {
  const log = openLog({ thread: 'main', level: settings.logLevel })
  for (const variable of unknownVariables) log('VARIABLE_UNKNOWN', { variable })
  try {
    await serve(settings, log)
  } catch (error) {
    log('DAEMON_FAILED', { error: errorFact(error) })
    process.exitCode = 1
    // Threads may hold writers open: an orderly exit could wait for them for ever.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), lastWordsMs).unref()
  }
}

async function serve(settings: Settings, log: Log): Promise<void> {
  const beganAt = performance.now()
  const base = await layFoundation(settings, log)
  const writers = await openWriters(settings, base, log)
  const gateways = await GatewayThreads.start({
    ...writers.common,
    gateways: settings.gateways,
    listen: settings.listen,
    connections: settings.connections,
    numberRules: settings.numberRules,
    shardThreads: writers.shardThreads,
    ask: (question) => answer(question, base, writers, log),
    log,
  })
  let readiness: Readiness = { ready: false, reason: 'the shards are loading' }
  const operations = await serveOperations(settings, { base, writers, gateways }, () => readiness, log)

  await writers.shardThreads.ready()
  gateways.setReady()
  readiness = { ready: true }
  const grpc = formatAddress({ host: settings.listen.host, port: gateways.port })
  const http = formatAddress(operations.http.address)
  const tookMs = Math.round(performance.now() - beganAt)
  log('DAEMON_READY', { grpc, http, shards: base.shards, gateways: gateways.count, tookMs })
  process.stdout.write(`xpoold ready grpc=${grpc} http=${http}\n`)
  if (settings.dev) printWelcome({ grpc, http }, writers.demoMade)

  await untilStopped(log)
  readiness = { ready: false, reason: 'the daemon is stopping' }
  await gateways.stop()
  await operations.close()
  await closeWriters(writers)
  base.keeper[Symbol.dispose]()
  await base.lock.release()
}

/** What gateways ask of the main thread. */
async function answer(question: MainQuestion, base: Foundation, writers: Writers, log: Log): Promise<MainAnswer> {
  if (question.type === 'directory') {
    return { type: 'directory', answer: await writers.directory.submit(question.command) }
  }
  const nowMs = base.keeper.confirm()
  log('CLOCK_CONFIRMED', { nowMs })
  return { type: 'clock', nowMs }
}
