import { expect, test } from 'vitest'
import { FairShare, shareMemory } from './fair-share.js'

const nowMs = 1_000_000

function gateways(...connections: number[]): FairShare[] {
  const memory = shareMemory(connections.length)
  const places = connections.map((_, index) => new FairShare({ memory, index }))
  for (const [index, place] of places.entries()) place.tell(connections[index]!, nowMs)
  return places
}

test('one connection more than another is no more than a share', () => {
  const [first, second] = gateways(5, 4)
  expect(first!.isAbove(5, nowMs)).toBe(false)
  expect(second!.isAbove(4, nowMs)).toBe(false)
})

test('two more than any other is', () => {
  const [first, second, third] = gateways(5, 3, 5)
  expect([first!.isAbove(5, nowMs), second!.isAbove(3, nowMs), third!.isAbove(5, nowMs)]).toEqual([true, false, true])
})

test('fewer connections than gateways stay where they are', () => {
  const [first] = gateways(1, 0, 0, 0)
  expect(first!.isAbove(1, nowMs)).toBe(false)
})

test('nothing moves for the sake of a gateway that has not begun, has left, or is silent', () => {
  const memory = shareMemory(2)
  const first = new FairShare({ memory, index: 0 })
  const second = new FairShare({ memory, index: 1 })
  expect(first.isAbove(9, nowMs)).toBe(false)
  second.tell(0, nowMs)
  expect(first.isAbove(9, nowMs)).toBe(true)
  expect(first.isAbove(9, nowMs + 3_000)).toBe(true)
  expect(first.isAbove(9, nowMs + 4_000)).toBe(false)
  second.tell(0, nowMs + 4_000)
  expect(first.isAbove(9, nowMs + 4_000)).toBe(true)
  second.leave()
  expect(first.isAbove(9, nowMs + 4_000)).toBe(false)
})

test('a gateway that is started anew begins as one that has not', () => {
  const memory = shareMemory(2)
  const first = new FairShare({ memory, index: 0 })
  new FairShare({ memory, index: 1 }).tell(0, nowMs)
  new FairShare({ memory, index: 1 })
  expect(first.isAbove(9, nowMs)).toBe(false)
})
