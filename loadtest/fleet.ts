/**
 * A run by client processes: the parent makes the place, each client fills and
 * loads its share over connections of its own, and the parent adds up what
 * they counted.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { connect, Unreachable } from './connections.js'
import type { FromClient, ToClient } from './fleet-messages.js'
import type { Place } from './messages.js'
import type { LoadOptions } from './options.js'
import { makePlace } from './prepare.js'
import type { Progress } from './progress.js'
import { type Report, reportOf } from './report.js'
import { ServerCpu, type StartProgress } from './run.js'
import { output } from './server-process.js'
import { WrongAnswer } from './wrong-answer.js'

type Answer<Say extends FromClient['say']> = Extract<FromClient, { say: Say }>

/** @throws WrongAnswer, Unreachable, and what broke the run otherwise */
export async function runFleet(options: LoadOptions, startProgress: StartProgress): Promise<Report> {
  const place = await makeOnePlace(options)
  const clients = Array.from({ length: options.processes }, () => new Client())
  try {
    const began = performance.now()
    await shown(startProgress('bindings', options.live), clients, async () => {
      await Promise.all(
        clients.map((client, index) => {
          const share = { index, count: clients.length }
          return client.ask({ say: 'prepare', options: optionsOf(options, index), share, place }, 'prepared')
        }),
      )
    })
    const fillMs = performance.now() - began
    const serverCpu = new ServerCpu(options.serverPid)
    await all(clients, { say: 'warm-up' }, 'warm')
    await serverCpu.begin()
    const measured = await timed(startProgress, options, clients, () => all(clients, { say: 'measure' }, 'measured'))
    const serverCpuUs = await serverCpu.end()
    return reportOf({ options, tallies: measured.map(({ tally }) => tally), fillMs, serverCpuUs })
  } finally {
    for (const client of clients) client.end()
  }
}

async function makeOnePlace(options: LoadOptions): Promise<Place> {
  const [connection] = await connect(options.server, 1, options.connectTimeoutMs)
  try {
    return await makePlace(connection!, options)
  } finally {
    connection!.close()
  }
}

/** What belongs to the run is shared out, the remainder to the first ones. */
function optionsOf(options: LoadOptions, index: number): LoadOptions {
  const part = (total: number): number => {
    return Math.floor(total / options.processes) + (index < total % options.processes ? 1 : 0)
  }
  return {
    ...options,
    connections: part(options.connections),
    outstanding: part(options.outstanding),
    rate: options.rate / options.processes,
  }
}

function all<Say extends FromClient['say']>(clients: readonly Client[], message: ToClient, say: Say) {
  return Promise.all(clients.map((client) => client.ask(message, say)))
}

const progressEveryMs = 250

async function shown<Result>(progress: Progress, clients: readonly Client[], work: () => Promise<Result>) {
  const ticking = setInterval(() => progress.update(doneBy(clients)), progressEveryMs)
  try {
    return await work()
  } finally {
    clearInterval(ticking)
    progress.stop()
  }
}

/** One bar for all: how much of the time is over, and the rate of this moment. */
async function timed<Result>(
  startProgress: StartProgress,
  { workload, seconds }: LoadOptions,
  clients: readonly Client[],
  work: () => Promise<Result>,
): Promise<Result> {
  const progress = startProgress(workload, Math.ceil(seconds))
  const began = performance.now()
  const rate = (): number => (doneBy(clients) / (performance.now() - began)) * 1_000
  const tick = (): void => progress.update(Math.floor((performance.now() - began) / 1_000), `${Math.round(rate())}/s`)
  for (const client of clients) client.done = 0
  const ticking = setInterval(tick, progressEveryMs)
  try {
    return await work()
  } finally {
    clearInterval(ticking)
    progress.stop()
  }
}

function doneBy(clients: readonly Client[]): number {
  return clients.reduce((sum, { done }) => sum + done, 0)
}

class Client {
  /** Bindings made, or items done: the latest that it told. */
  done = 0
  readonly #child: ChildProcess = fork(output('loadtest/client-child.js'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  #waiting: { say: FromClient['say']; resolve(answer: FromClient): void; reject(error: Error): void } | undefined
  #failed: Error | undefined

  constructor() {
    this.#child.on('message', (message: FromClient) => this.#hear(message))
    this.#child.on('error', (error) => this.#fail(error))
    this.#child.on('exit', (code, signal) => this.#fail(new Error(`a client process ended: ${signal ?? code}`)))
  }

  async ask<Say extends FromClient['say']>(message: ToClient, say: Say): Promise<Answer<Say>> {
    if (this.#failed !== undefined) throw this.#failed
    const answer = new Promise<FromClient>((resolve, reject) => {
      this.#waiting = { say, resolve, reject }
    })
    this.#child.send(message)
    return (await answer) as Answer<Say>
  }

  /** It ends by itself once nobody is at the other end. */
  end(): void {
    if (this.#child.connected) this.#child.disconnect()
  }

  #hear(message: FromClient): void {
    if (message.say === 'progress') this.done = message.done
    else if (message.say === 'failed') this.#fail(errorOf(message))
    else if (message.say === this.#waiting?.say) this.#waiting.resolve(message)
    else this.#fail(new Error(`a client process said ${message.say} unasked`))
  }

  #fail(error: Error): void {
    this.#failed ??= error
    this.#waiting?.reject(error)
  }
}

/** Of the same class as where it was thrown, where that decides how the run ends. */
function errorOf({ name, message }: Answer<'failed'>): Error {
  if (name === 'WrongAnswer') return new WrongAnswer(message)
  return name === 'Unreachable' ? new Unreachable(message) : new Error(`${name}: ${message}`)
}
