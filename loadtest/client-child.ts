/** A client process: it does its share of a run as its parent says, and ends with it. */
import type { FromClient, ToClient } from './fleet-messages.js'
import type { Meter } from './meter.js'
import { measureShare, prepareShare, type Stage } from './run.js'

const progressEveryMs = 250

let stage: Stage | undefined
let goOn: (() => void) | undefined

process.on('message', (message: ToClient) => {
  act(message).catch((error: unknown) => {
    const { name, message: text } = error instanceof Error ? error : new Error(String(error))
    tell({ say: 'failed', name, message: text })
  })
})
// Nobody asks any more.
process.on('disconnect', () => process.exit(0))

function tell(message: FromClient): void {
  process.send?.(message)
}

async function act(message: ToClient): Promise<void> {
  if (message.say === 'prepare') {
    let told = performance.now()
    stage = await prepareShare(message.options, message.share, message.place, (done) => {
      if (performance.now() - told < progressEveryMs) return
      told = performance.now()
      tell({ say: 'progress', done })
    })
    tell({ say: 'prepared' })
  }
  if (message.say === 'warm-up') await measureShown()
  if (message.say === 'measure') goOn?.()
}

async function measureShown(): Promise<void> {
  if (stage === undefined) throw new Error('nothing was prepared')
  let meter: Meter | undefined
  const ticking = setInterval(() => {
    if (meter !== undefined) tell({ say: 'progress', done: meter.itemsDone })
  }, progressEveryMs)
  const warm = (): Promise<void> => {
    tell({ say: 'warm' })
    return new Promise((resolve) => {
      goOn = resolve
    })
  }
  try {
    const tally = await measureShare(stage, warm, (begun) => {
      meter = begun
    })
    tell({ say: 'measured', tally })
  } finally {
    clearInterval(ticking)
  }
}
