import { describe, expect, test } from 'vitest'
import { bounds } from './bounds.js'
import { type ConnectionBudget, ConnectionBudgets } from './connection-budget.js'

function opened(budgets: ConnectionBudgets, peer: string): ConnectionBudget {
  return budgets.open(peer) ?? expect.fail(`no room for ${peer}`)
}

describe('I12: the budget of a connection', () => {
  test('is full at its bound, and wakes those who wait once there is room', () => {
    const budget = opened(new ConnectionBudgets(), 'one')
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
    const budget = opened(new ConnectionBudgets(), 'one')
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

  test('all of a gateway have a bound together: a full one keeps every stream waiting, and opens none', () => {
    const budgets = new ConnectionBudgets()
    const count = bounds.streamBytesPerGateway / bounds.streamBytesPerConnection + 1
    const each = Array.from({ length: count }, (_, i) => opened(budgets, `peer ${i}`))
    const share = Math.floor(bounds.streamBytesPerGateway / count)
    for (const budget of each) budget.take(share)
    expect(each.map(({ full }) => full)).toEqual(each.map(() => false))
    each[0]!.take(count)
    expect(each.map(({ full }) => full)).toEqual(each.map(() => true))
    expect(budgets.open('another')).toBeUndefined()
    let woken = 0
    const wake = () => {
      woken += 1
    }
    for (const budget of each) budget.whenRoom(() => wake())
    each[0]!.give(share)
    expect(woken).toBe(count)
    expect(budgets.open('another')).toBeDefined()
  })

  test('a gateway has a greatest number of streams', () => {
    const budgets = new ConnectionBudgets()
    for (let i = 0; i < bounds.streamsPerGateway; i += 1) opened(budgets, `peer ${i % 100}`)
    expect(budgets.streams).toBe(bounds.streamsPerGateway)
    expect(budgets.open('another')).toBeUndefined()
    budgets.close('peer 0')
    expect(budgets.open('another')).toBeDefined()
  })

  test('while it is full, the connection that holds most and has read nothing for 10 s is the one to cut off', () => {
    const budgets = new ConnectionBudgets()
    const [small, large, busy] = ['small', 'large', 'busy'].map((peer) => opened(budgets, peer))
    small!.take(1_000)
    large!.take(2_000)
    busy!.take(bounds.streamBytesPerGateway)
    const times = [0, 5_000, 9_999].map((nowMs) => {
      busy!.give(1)
      busy!.take(1)
      return budgets.hoarder(nowMs)
    })
    expect(times).toEqual([undefined, undefined, undefined])
    // Those that have stalled hold next to nothing: to cut them off would free nothing.
    expect(budgets.hoarder(10_000)).toBeUndefined()
    expect([large!.bytes, small!.bytes]).toEqual([2_000, 1_000])
    expect(budgets.hoarder(20_000)).toBe('busy')
    busy!.give(10_000)
    expect(budgets.hoarder(30_000)).toBeUndefined()
  })

  test('of many that hold alike and have stalled one is cut off', () => {
    const budgets = new ConnectionBudgets()
    for (let i = 0; i < 64; i += 1) opened(budgets, `peer ${i}`).take(bounds.streamBytesPerGateway / 64)
    expect(budgets.hoarder(0)).toBeUndefined()
    expect(budgets.hoarder(10_000)).toBe('peer 0')
  })

  test('time in which there was room, or in which it held nothing, is no time of stalling', () => {
    const budgets = new ConnectionBudgets()
    const [one, other] = ['one', 'other'].map((peer) => opened(budgets, peer))
    other!.take(bounds.streamBytesPerGateway)
    expect(budgets.hoarder(0)).toBeUndefined()
    other!.give(bounds.streamBytesPerGateway)
    expect(budgets.hoarder(100)).toBeUndefined()
    expect(budgets.hoarder(60_000)).toBeUndefined()
    one!.take(bounds.streamBytesPerGateway)
    expect(budgets.hoarder(60_100)).toBeUndefined()
    expect(budgets.hoarder(69_999)).toBeUndefined()
    expect(budgets.hoarder(70_000)).toBe('one')
  })
})
