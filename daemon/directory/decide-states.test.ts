import { describe, expect, it } from 'vitest'
import { DecisionFixture } from '../../test/directory/decision-fixture.js'
import type { NumberState } from '../core/directory.js'
import { nextState } from './number-states.js'

const block = { first: '5550000', count: 10 }

function fixture(): DecisionFixture {
  const made = new DecisionFixture(1)
  made.createPool('p')
  made.addNumbers('p', { blocks: [block] })
  return made
}

describe('set-number-state refuses', () => {
  it.each([
    ['INVALID_NUMBER', 'number', '12', 'FROZEN', ''],
    ['NUMBER_NOT_FOUND', 'number', '5550010', 'FROZEN', ''],
    ['NUMBER_NOT_FOUND', 'block', { first: '5550001', count: 10 }, 'FROZEN', ''],
    ['INVALID_OPTION', 'block.count', { first: '5550000', count: 0 }, 'FROZEN', ''],
    ['TOO_MANY', 'block.count', { first: '5550000', count: 50_001 }, 'FROZEN', ''],
    ['INVALID_NUMBER', 'block.first', { first: 'x', count: 1 }, 'FROZEN', ''],
    ['INVALID_NUMBER', 'block.count', { first: '999', count: 2 }, 'FROZEN', ''],
    ['FIELD_TOO_LONG', 'reason', '5550000', 'FROZEN', 'x'.repeat(129)],
    ['INVALID_OPTION', 'state', '5550000', 'RETIRED', ''],
  ] as const)('%s naming %s', (reason, field, target, state, words) => {
    const there = fixture()
    expect(there.setState(target, state, words)).toMatchObject({ ok: false, reason, field })
    expect(there.numbers.get('5550001')?.state).toBe('IN_SERVICE')
  })
})

describe('a state', () => {
  it.each<[NumberState[], NumberState]>([
    [['FROZEN', 'IN_SERVICE'], 'IN_SERVICE'],
    [['DRAINING', 'FROZEN', 'IN_SERVICE'], 'DRAINING'],
    [['DRAINING', 'IN_SERVICE'], 'IN_SERVICE'],
    [['QUARANTINED', 'FROZEN', 'QUARANTINED'], 'FROZEN'],
    [['QUARANTINED', 'FROZEN', 'IN_SERVICE'], 'IN_SERVICE'],
    [['FROZEN', 'DRAINING'], 'FROZEN'],
    [['FROZEN', 'DRAINING', 'IN_SERVICE'], 'DRAINING'],
    [['DRAINING', 'RETIRED'], 'RETIRED'],
    [['FROZEN', 'RETIRED'], 'RETIRED'],
    [['DRAINING', 'RETIRED', 'IN_SERVICE'], 'IN_SERVICE'],
    [['DRAINING', 'RETIRED', 'DRAINING'], 'DRAINING'],
    [['DRAINING', 'RETIRED', 'FROZEN', 'IN_SERVICE'], 'RETIRED'],
  ])('after %j is %s', (steps, end) => {
    const there = fixture()
    for (const step of steps) expect(there.setState('5550003', step)).toMatchObject({ ok: true })
    expect(there.numbers.get('5550003')?.state).toBe(end)
  })

  it('counts the numbers whose state is now the wanted one, changed or not', () => {
    const there = fixture()
    there.setState('5550003', 'FROZEN')
    expect(there.setState(block, 'DRAINING')).toMatchObject({ ok: true, changed: 9 })
    expect(there.setState(block, 'FROZEN')).toMatchObject({ ok: true, changed: 10 })
    expect(there.decide({ type: 'set-number-state', target: { block }, state: 'FROZEN', reason: '' }).pages).toEqual([])
  })

  it('of quarantine never replaces a freeze', () => {
    expect(nextState({ state: 'FROZEN', stateBefore: 'IN_SERVICE' }, 'QUARANTINED')?.state).toBe('FROZEN')
  })
})
