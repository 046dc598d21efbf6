import { describe, expect, test } from 'vitest'
import { readSettings } from './read-settings.js'

function read(argv: string[], env: Record<string, string> = {}, files: Record<string, string> = {}) {
  return readSettings({
    argv,
    env,
    readFile: (path) => {
      const text = files[path]
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
      return text
    },
  })
}

describe('reading settings', () => {
  test('takes a value after the flag or behind an equals sign', () => {
    const { values, faults } = read(['--shards', '2', '--listen=[::1]:7700', '--dev'])
    expect(faults).toEqual([])
    expect(values.get('shards')).toEqual({ value: '2', where: '--shards' })
    expect(values.get('listen')?.value).toBe('[::1]:7700')
    expect(values.get('dev')?.value).toBe(true)
  })

  test('a flag comes before the environment, that before the file', () => {
    const files = { 'c.json': '{"shards": 1, "gateways": 1, "data": "/f"}' }
    const env = { XPOOL_SHARDS: '2', XPOOL_GATEWAYS: '2' }
    const { values } = read(['--config', 'c.json', '--shards', '3'], env, files)
    expect(values.get('shards')).toEqual({ value: '3', where: '--shards' })
    expect(values.get('gateways')).toEqual({ value: '2', where: 'XPOOL_GATEWAYS' })
    expect(values.get('data')).toEqual({ value: '/f', where: 'data in c.json' })
  })

  test('the file may be named by the environment', () => {
    expect(read([], { XPOOL_CONFIG: 'c.json' }, { 'c.json': '{"dev": true}' }).values.get('dev')?.value).toBe(true)
  })

  test('an empty variable is an absent one', () => {
    expect(read([], { XPOOL_SHARDS: '' }).values.size).toBe(0)
  })

  test('unknown flags, stray words, missing values and repeats are all named', () => {
    const { faults } = read([
      '--nonsense',
      '7',
      'stray',
      '--shards',
      '1',
      '--shards',
      '2',
      '--log_level',
      'info',
      '--data',
    ])
    expect(faults).toEqual([
      '--nonsense: unknown flag',
      'stray: xpoold takes flags only',
      '--shards: given more than once',
      '--log_level: unknown flag; did you mean --log-level?',
      '--data: needs a value, DIR',
    ])
  })

  test('an unknown key, a file that is no object, no JSON or not there', () => {
    expect(read(['--config', 'c'], {}, { c: '{"shard": 1}' }).faults).toEqual([
      'shard in c: unknown key; did you mean shards?',
    ])
    expect(read(['--config', 'c'], {}, { c: '{"config": "d"}' }).faults).toEqual(['config in c: unknown key'])
    expect(read(['--config', 'c'], {}, { c: '[]' }).faults).toEqual(['c: must hold one JSON object'])
    expect(read(['--config', 'c'], {}, { c: '{"a"' }).faults[0]).toMatch(/^c: not JSON: /)
    expect(read(['--config', 'c']).faults[0]).toMatch(/^c: cannot be read: ENOENT/)
  })

  test('variables that nothing reads are told, those of the client and of Kubernetes are not', () => {
    const env = {
      XPOOL_SHARD: '1',
      XPOOL_TOKEN: 't',
      XPOOL_SERVICE_HOST: '10.0.0.1',
      XPOOL_PORT: 'tcp://10.0.0.1:7700',
      XPOOL_PORT_7700_TCP_ADDR: '10.0.0.1',
      XPOOL_METRICS_SERVICE_PORT: '7701',
      PATH: '/bin',
    }
    expect(read([], env).unknownVariables).toEqual(['XPOOL_SHARD'])
  })

  test('help wins over version', () => {
    expect(read(['--version']).wants).toBe('version')
    expect(read(['--version', '-h']).wants).toBe('help')
    expect(read(['--help', '--version']).wants).toBe('help')
  })
})
