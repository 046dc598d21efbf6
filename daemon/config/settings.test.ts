import { describe, expect, test } from 'vitest'
import { settingNames, settingRow } from './setting-table.js'
import { defaultGateways, defaultShards, type SettingsResult, settingsFrom, threadsMax } from './settings.js'

function from(argv: string[], env: Record<string, string> = {}, files: Record<string, string> = {}): SettingsResult {
  const readFile = (path: string) => files[path] ?? expect.fail(`read ${path}`)
  return settingsFrom({ argv, env, readFile, cwd: '/srv', cores: 8, version: '1.2.3' })
}

function run(argv: string[], env?: Record<string, string>, files?: Record<string, string>) {
  const result = from(argv, env, files)
  if (result.kind !== 'run') expect.fail(result.text)
  return result.settings
}

function faults(argv: string[], env?: Record<string, string>, files?: Record<string, string>): string {
  const result = from(argv, env, files)
  if (result.kind !== 'faults') expect.fail(`expected faults, got ${result.kind}`)
  return result.text
}

describe('settings', () => {
  test('defaults', () => {
    const settings = run([])
    expect(settings).toEqual({
      dataDir: '/srv/data',
      listen: { host: '127.0.0.1', port: 7700 },
      http: { host: '127.0.0.1', port: 7701 },
      shards: undefined,
      gateways: 5,
      connections: { ageMs: 1_800_000, graceMs: 300_000, keepaliveMs: 60_000, spread: true },
      dev: false,
      numberRules: [],
      logLevel: 'info',
    })
    expect(Object.isFrozen(settings)).toBe(true)
  })

  test('an age of 0 is none; what is neither 0 nor in range is a fault', () => {
    expect(run(['--connection-age-ms', '0']).connections.ageMs).toBe(0)
    expect(run(['--spread=false']).connections.spread).toBe(false)
    const wrong = [
      ['--connection-age-ms', '999', '0 or a whole number of ms from 1000 to 86400000'],
      ['--connection-grace-ms', '86400001', 'a whole number of ms from 0 to 86400000'],
      ['--keepalive-ms', '0', 'a whole number of ms from 1000 to 86400000'],
      ['--keepalive-ms', '1.5', 'a whole number of ms from 1000 to 86400000'],
    ] as const
    for (const [flag, value, fault] of wrong) expect(faults([flag, value])).toContain(`"${value}" is not ${fault}`)
  })

  test('every setting by the file', () => {
    const config = JSON.stringify({
      data: '/var/lib/xpool',
      listen: 'localhost:1',
      http: '[::1]:2',
      shards: 4,
      gateways: 3,
      connection_age_ms: 60_000,
      connection_grace_ms: 0,
      keepalive_ms: 1_000,
      spread: false,
      dev: true,
      number_rules: [{ prefix: '86', length: 13, drop: 2 }],
      log_level: 'debug',
    })
    expect(run(['--config', 'c'], {}, { c: config })).toEqual({
      dataDir: '/var/lib/xpool',
      listen: { host: 'localhost', port: 1 },
      http: { host: '::1', port: 2 },
      shards: 4,
      gateways: 3,
      connections: { ageMs: 60_000, graceMs: 0, keepaliveMs: 1_000, spread: false },
      dev: true,
      numberRules: [{ prefix: '86', length: 13, drop: 2 }],
      logLevel: 'debug',
    })
  })

  test('a switch set in the environment can be cleared by its flag', () => {
    expect(run([], { XPOOL_DEV: '1' }).dev).toBe(true)
    expect(run(['--dev=false'], { XPOOL_DEV: '1' }).dev).toBe(false)
  })

  test('all faults come in one message, each with its place', () => {
    const text = faults(['--shards', '0', '--bogus', '--listen', 'nowhere'], { XPOOL_LOG_LEVEL: 'loud' }, {})
    const config = faults(
      ['--config', '/etc/x.json'],
      {},
      { '/etc/x.json': '{"gateways": 1.5, "dev": "maybe", "colour": 1}' },
    )
    expect(text.split('\n').slice(0, 5)).toEqual([
      'xpoold: 4 settings are wrong, nothing was started:',
      '  --bogus: unknown flag',
      '  --listen: "nowhere" is not HOST:PORT (an IPv6 host in brackets, a port from 0 to 65535)',
      '  --shards: "0" is not a whole number from 1 to 64',
      '  XPOOL_LOG_LEVEL: "loud" is not one of debug, info, warning, error',
    ])
    expect(config).toContain('  colour in /etc/x.json: unknown key\n')
    expect(config).toContain('  gateways in /etc/x.json: 1.5 is not a whole number from 1 to 64\n')
    expect(config).toContain('  dev in /etc/x.json: "maybe" is neither true nor false\n')
  })

  test.each(['0.0.0.0:7700', '[::]:7700', '10.0.0.1:7700', 'example.com:7700', '128.0.0.1:1', '[::ffff:10.0.0.1]:1'])(
    'refuses %s, which is not loopback, and says why',
    (address) => {
      expect(faults(['--listen', address])).toContain('is not a loopback address')
      expect(faults(['--http', address])).toContain('tokens and TLS are not served yet')
    },
  )

  test.each(['127.0.0.1:0', '127.255.255.254:65535', '[::1]:7700', 'localhost:7700', 'LOCALHOST:1'])(
    'accepts %s',
    (address) => {
      expect(run(['--listen', address]).listen.host).not.toContain('[')
    },
  )

  test.each([
    ':7700',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '::1:7700',
    '[127.0.0.1]:1',
    ' 127.0.0.1:1',
    '127.0.0.1:-1',
  ])('refuses %j, which is no address', (address) => {
    expect(faults([`--listen=${address}`])).toContain('is not HOST:PORT')
  })

  test('gRPC and HTTP need a port each', () => {
    expect(faults(['--listen', '127.0.0.1:7701'])).toContain('--listen and --http: both are 127.0.0.1:7701')
    expect(run(['--listen', '127.0.0.1:0', '--http', '127.0.0.1:0']).http.port).toBe(0)
  })

  test.each(['--tls-cert', '--tls-key', '--tls-client-ca'])('%s is refused: TLS is not served yet', (flag) => {
    expect(faults([flag, '/x.pem'])).toContain(`${flag}: TLS is not served yet`)
  })

  test('threads by the cores', () => {
    const by = [1, 2, 4, 8, 16, 1_000].map((cores) => [defaultShards(cores), defaultGateways(cores)])
    expect(by).toEqual([[1, 1], [1, 1], [1, 2], [2, 5], [4, 11], [threadsMax, threadsMax]]) // biome-ignore format: a table
  })

  test('number rules from a flag; each fault of each rule is told', () => {
    const rules = (value: unknown) => ['--number-rules', typeof value === 'string' ? value : JSON.stringify(value)]
    expect(run(rules([{ prefix: '0', drop: 1 }])).numberRules).toEqual([{ prefix: '0', length: 0, drop: 1 }])
    expect(faults(rules('{'))).toContain('--number-rules: not JSON')
    expect(faults(rules({}))).toContain('must be a JSON array')
    expect(faults(rules(Array(17).fill({ prefix: '1', drop: 0 })))).toContain('holds 17 rules, at most 16')
    expect(faults(rules([{ prefix: 'x', drop: -1 }, 7]))).toContain(
      'rule 1: prefix must be a string of 0 to 20 digits; rule 1: drop must be 0 to 20; rule 2: must be an object',
    )
    expect(faults(rules([{ prefix: '1', length: 3, drop: 1 }]))).toContain(
      'rule 1: leaves 2 digits, a number has 3 to 20',
    )
    expect(faults(rules([{ prefix: '8', drop: 1 }, { prefix: '86', length: 13, drop: 2 }]))).toContain('rule 2: never reached') // biome-ignore format: one line
    expect(faults(rules([{ prefix: '1', drop: 1, dorp: 1 }]))).toContain('rule 1: unknown key dorp')
  })

  test('help names every setting in both its spellings', () => {
    const result = from(['--help', '--bogus'])
    expect(result.kind).toBe('help')
    if (result.kind !== 'help') return
    for (const name of settingNames) {
      expect(result.text).toContain(`  ${settingRow(name).flag} `)
      expect(result.text).toContain(`${settingRow(name).env},`)
    }
  })

  test('version', () => {
    expect(from(['--version'])).toEqual({ kind: 'version', text: 'xpoold 1.2.3\n' })
  })
})
