import { describe, expect, test } from 'vitest'
import { bounds } from './bounds.js'
import { ConnectionBudget, ConnectionBudgets } from './connection-budget.js'

describe('I12: the budget of a connection', () => {
  test('is full at its bound, and wakes those who wait once there is room', () => {
    const budget = new ConnectionBudget()
    let woken = 0
    const wake = () => {
      woken += 1
    }
    budget.take(bounds.streamBytesPerConnection)
    expect(budget.full).toBe(true)
    budget.whenRoom(wake)
    budget.whenRoom(wake)
    budget.give(1)
    expect(budget.full).toBe(false)
    expect(woken).toBe(1)
    budget.give(1)
    expect(woken).toBe(1)
  })

  test('forgets who left', () => {
    const budget = new ConnectionBudget()
    budget.take(bounds.streamBytesPerConnection)
    const wake = () => expect.unreachable()
    budget.whenRoom(wake)
    budget.forget(wake)
    budget.give(bounds.streamBytesPerConnection)
    expect(budget.full).toBe(false)
  })

  test('is shared by the streams of one peer and gone with the last of them', () => {
    const budgets = new ConnectionBudgets()
    const first = budgets.open('127.0.0.1:1')
    expect(budgets.open('127.0.0.1:1')).toBe(first)
    expect(budgets.open('127.0.0.1:2')).not.toBe(first)
    for (let i = 2; i < bounds.streamsPerConnection; i += 1) expect(budgets.open('127.0.0.1:1')).toBe(first)
    expect(budgets.open('127.0.0.1:1')).toBeUndefined()
    for (let i = 0; i < bounds.streamsPerConnection; i += 1) budgets.close('127.0.0.1:1')
    budgets.close('127.0.0.1:2')
    expect(budgets.size).toBe(0)
  })
})
