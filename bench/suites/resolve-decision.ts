import { noCalls } from '../../daemon/core/calls.js'
import type { NumberRecord } from '../../daemon/core/directory.js'
import { defaults } from '../../daemon/core/limits.js'
import { type Reservation, reservationsOf } from '../../daemon/core/reservation.js'
import { type Question, type ResolveFacts, resolve } from '../../daemon/core/resolve.js'
import { sampleBinding, sampleNowMs, sampleNumber, samplePool, sampleTenant } from '../sample.js'
import { nothingToClose, type Suite } from '../suite.js'

const questions = 256

/** The decision alone: every fact is at hand, nothing is read from disk. */
export const resolveDecisionSuite: Suite = {
  name: 'resolve-decision',
  async prepare() {
    const numbers = new Map<string, NumberRecord>()
    const routes = new Map<string, readonly Reservation[]>()
    const live: Question[] = []
    for (let seq = 0; seq < questions; seq += 1) {
      const binding = sampleBinding(seq, seq)
      numbers.set(binding.x.digits, sampleNumber(seq))
      for (const { route, reservation } of reservationsOf(binding)) {
        if (route.key.kind === 'EXACT') routes.set(`${seq} ${route.key.party}`, [reservation])
      }
      live.push({ number: binding.x.digits, caller: binding.a.number, extension: '', medium: 'VOICE' })
    }
    const strangers = live.map((question) => ({ ...question, caller: '19900000000' }))
    const facts = factsOf(numbers, routes)
    const ask = (asked: readonly Question[], outcome: string) => () => {
      for (const question of asked) {
        if (resolve(question, facts, sampleNowMs).outcome !== outcome) throw new Error(`${outcome} was due`)
      }
    }
    return {
      tasks: [
        { name: 'resolve decision, live route', items: questions, run: ask(live, 'CONNECT') },
        { name: 'resolve decision, stranger', items: questions, run: ask(strangers, 'REJECT') },
      ],
      close: nothingToClose,
    }
  },
}

function factsOf(numbers: Map<string, NumberRecord>, routes: Map<string, readonly Reservation[]>): ResolveFacts {
  const pool = samplePool()
  const tenant = sampleTenant()
  const none: readonly Reservation[] = []
  return {
    number: (digits) => numbers.get(digits),
    pool: () => pool,
    tenant: () => tenant,
    exact: (number, caller) => routes.get(`${number.ordinal} ${caller}`) ?? none,
    extension: () => none,
    any: () => none,
    hasExtensions: () => false,
    banned: () => false,
    calls: () => noCalls,
    callbackWindowMs: () => defaults.callbackWindowMs,
  }
}
