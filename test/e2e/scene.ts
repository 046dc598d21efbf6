/** People and numbers under the names that docs/modes.md gives them, and the questions they ask a daemon. */
import { expect } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { Outcome, Reason } from '../../daemon/generated/xpool/v1/resolution.js'
import { type Binding, Callback, CallPhase, Direction, Mode } from '../../daemon/generated/xpool/v1/types.js'
import { type Cells, listed } from './mode-tables.js'
import { allocate, axb, type Lent, lend, party, person, ttl, type Wanted, type Wishes } from './world.js'

/** A number in no pool. */
const unknownNumber = '70099999999'
const people = ['A', 'B', 'C', 'D', 'F', 'G', 'M1', 'M2', 'S', 'T', 'stranger']

export class Scene {
  readonly cast = new Map<string, string>(people.map((name) => [name, person()]))

  constructor(
    readonly client: XpoolClient,
    /** Asks on a connection of its own (I6). */
    private readonly asker: XpoolClient,
    readonly lent: Lent,
  ) {
    this.cast.set('withheld', '').set('W', unknownNumber)
  }

  static async open(client: XpoolClient, asker: XpoolClient, wishes: Wishes = {}): Promise<Scene> {
    return new Scene(client, asker, await lend(client, wishes))
  }

  is(name: string): string {
    const found = this.cast.get(name)
    if (found === undefined) throw new Error(`docs/modes.md speaks of ${name}, who has no number here`)
    return found
  }

  /** A binding of this pool: AXB of A and B for an hour, unless said; it names X, Y, E and other. */
  async bind(wanted: Wanted = {}): Promise<Binding> {
    const binding = await allocate(this.client, this.wanted(wanted))
    this.cast.set('X', binding.number).set('Y', binding.numberY).set('E', binding.extension)
    this.cast.set('other', binding.extension === '7531' ? '7532' : '7531')
    return binding
  }

  wanted(wanted: Wanted): Wanted {
    return axb(this.lent, this.is('A'), this.is('B'), wanted)
  }

  /** What a line "Asked for" or a column says, as the fields of a request. */
  request(options: Readonly<Record<string, string>>): Wanted {
    const one = (name: string | undefined) => (name === undefined ? undefined : party(this.is(name)))
    const { grace_direction, callback, callback_number } = options
    return {
      mode: Mode[(options['mode'] ?? '') as keyof typeof Mode],
      a: one(options['a']),
      b: one(options['b']),
      members: (options['members'] ?? '')
        .split(' ')
        .filter(Boolean)
        .map((name) => party(this.is(name))),
      graceDirection: grace_direction === undefined ? undefined : Direction[grace_direction as keyof typeof Direction],
      callback: callback === undefined ? undefined : Callback[callback as keyof typeof Callback],
      callbackNumber: callback_number === undefined ? undefined : this.is(callback_number),
      expiry: ttl(3_600_000),
    }
  }

  release(binding: Binding): Promise<Binding> {
    return this.client.release({ bindingId: binding.bindingId }).then((answer) => answer.binding!)
  }

  report(binding: Binding, callId: string, phase: keyof typeof CallPhase, caller: string, answered = false) {
    const { bindingId, number } = binding
    const told = { callId, bindingId, number, phase: CallPhase[phase], caller: this.is(caller), answered }
    return this.client.reportCall(told)
  }

  /** Asks every caller of every row; what came differs from what the rows say in nothing. */
  async holds(rows: readonly Cells[]): Promise<void> {
    const asked = rows.flatMap((row) => listed(row['caller']!).map((caller) => ({ row, caller })))
    const answers = await Promise.all(asked.map(({ row, caller }) => this.answer(row, caller)))
    expect(answers).toEqual(asked.map(({ row, caller }) => `${question(row, caller)}: ${expected(row)}`))
  }

  private async answer(row: Cells, caller: string): Promise<string> {
    const extension = row['extension'] ? this.is(row['extension']) : ''
    const answer = await this.asker.resolve({ number: this.is(row['number']!), caller: this.is(caller), extension })
    const outcome = Outcome[answer.outcome]!.replace('OUTCOME_', '')
    const reason = Reason[answer.reason]!.replace('REASON_', '').replace('UNSPECIFIED', '')
    const { callee } = answer
    // What the platform's own desk is shown is its own affair.
    const display = answer.outcome === Outcome.OUTCOME_FALLBACK ? '' : answer.display
    const words = [answer.grace ? `${outcome}, grace` : outcome, reason, this.nameOf(callee), this.nameOf(display)]
    return `${question(row, caller)}: ${words.join(' | ')}`
  }

  private nameOf(digits: string): string {
    if (digits === '') return ''
    return [...this.cast].find(([, number]) => number === digits)?.[0] ?? digits
  }
}

function question(row: Cells, caller: string): string {
  const at = row['when'] ?? row['moment'] ?? row['callers before']
  return `${at}, ${caller} dials ${[row['number'], row['extension']].filter(Boolean).join(' ')}`
}

function expected(row: Cells): string {
  return [row['outcome'], row['reason'], row['callee'], row['display']].join(' | ')
}
