import { expect, test } from 'vitest'
import { serveCanned } from '../client/canned-server.js'
import { runBare as bare, runCanned as xpool } from './canned-run.js'

test.each([
  [['allocate', '--pool', 'demo', '--a', '138', '--ttl', 'soon'], 'a length of time such as 90s'],
  [['allocate', '--pool', 'demo', '--a', '138', '--end', 'tomorrow'], 'a time such as'],
  [['allocate', '--pool', 'demo', '--a', '138', '--mode', 'abc'], 'one of axb, axyb, ax, axe, axg'],
  [['allocate', '--pool', 'demo', '--a', '138', '--ttl', '1m', '--end', '2026-03-01'], 'cannot be used with'],
  [['allocate', '--pool', 'demo'], "required option '--a <party>'"],
  [['update', 'x', '--a', '138', '--b', '139'], 'cannot be used with'],
  [['show'], "missing required argument 'binding-id'"],
  [['tenant', 'create', 'shop'], 'needs its --qualification'],
  [['tenant', 'update', 'shop'], 'nothing to change'],
  [['tenant', 'update', 'shop', '--clear', 'name'], 'no such setting'],
  [['tenant', 'update', 'shop', '--clear', 'numbers-held', '--numbers-held', '3'], 'is given a value'],
  [['number', 'add', '--pool', 'demo'], 'either numbers or --block'],
  [['number', 'add', '7001', '--pool', 'demo', '--block', '7001:70000'], 'a range such as'],
  [['number', 'state', '--state', 'frozen'], 'either a number or --block'],
  [['list', '--limit', '0'], 'a whole number of 1 or more'],
  [['stats', '--colour'], "unknown option '--colour'"],
  [['serve'], "unknown command 'serve'"],
])('wrong usage ends with 2 and sends nothing: %j', async (args, why) => {
  const { code, out, err } = await xpool({}, ...args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(why)
})

test('nothing listening ends with 3 and says where it looked', async () => {
  const server = await serveCanned({})
  server.stop()
  const { code, err } = await bare('stats', '--server', server.address)
  expect(code).toBe(3)
  expect(err).toContain(`no server at ${server.address}`)
  expect(err).toContain('ECONNREFUSED')
})

test('--help and --version end with 0', async () => {
  expect((await bare('--help')).out).toContain('Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no answer')
  expect(await bare('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) })
})
