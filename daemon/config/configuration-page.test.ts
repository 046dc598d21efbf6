/** docs/configuration.md is run: its examples are real configuration, its table is the daemon's. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { canonicalNumber } from '../core/canonical-number.js'
import { settingNames, settingRow } from './setting-table.js'
import { defaultGateways, defaultShards, settingsFrom } from './settings.js'

const page = readFileSync(fileURLToPath(new URL('../../docs/configuration.md', import.meta.url)), 'utf8')

function example(language: string): string {
  return new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? expect.fail(`no ${language} example`)
}

describe('docs/configuration.md', () => {
  test('the example file is a configuration, and names every key that a file may hold today', () => {
    const text = example('json')
    const given = { argv: ['--config', 'c'], env: {}, readFile: () => text, cwd: '/', cores: 8, version: '0' }
    const result = settingsFrom(given)
    if (result.kind !== 'run') expect.fail(result.text)
    const { numberRules, dataDir, shards } = result.settings
    expect([dataDir, shards]).toEqual(['/var/lib/xpool', 2])
    const spellings = ['13812345678', '013812345678', '8613812345678', '+8613812345678', '008613812345678']
    expect(spellings.map((spelling) => canonicalNumber(spelling, numberRules))).toEqual(Array(5).fill('13812345678'))
    const served = settingNames
      .map(settingRow)
      .filter((row) => row.key !== undefined && !row.help.startsWith('refused'))
    expect(Object.keys(JSON.parse(text)).sort()).toEqual(served.map((row) => row.key).sort())
  })

  test('the example environment is a configuration', () => {
    const env = Object.fromEntries(
      example('sh')
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    const result = settingsFrom({ argv: [], env, readFile: () => '{}', cwd: '/', cores: 8, version: '0' })
    if (result.kind !== 'run') expect.fail(result.text)
    expect(result.settings.numberRules).toEqual([{ prefix: '86', length: 13, drop: 2 }])
    expect(result.unknownVariables).toEqual([])
  })

  test('the table holds exactly the settings there are, with their environment, key and default', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `--'))
    const expected = settingNames.map(settingRow).map((row) => ({
      usage: `\`${row.flag}${row.placeholder === undefined ? '' : ` ${row.placeholder}`}\``,
      rest: [`\`${row.env}\``, row.key === undefined ? '-' : `\`${row.key}\``],
      default: row.defaultText,
    }))
    expect(rows.map((row) => row.split('|')[1]!.trim())).toEqual(expected.map(({ usage }) => usage))
    for (const [i, row] of rows.entries()) {
      const [, , env, key, byDefault] = row.split('|').map((cell) => cell.trim())
      expect([env, key]).toEqual(expected[i]!.rest)
      if (byDefault !== 'see below') expect(byDefault!.replaceAll('`', '')).toBe(expected[i]!.default)
    }
  })

  test('the threads it tells of are the default', () => {
    const told =
      /(\d) and (\d) on\ntwo cores, (\d) and (\d) on four, (\d) and (\d) on eight, (\d) and (\d+) on sixteen/.exec(page)
    const real = [2, 4, 8, 16].flatMap((cores) => [defaultShards(cores), defaultGateways(cores)])
    expect(told?.slice(1).map(Number)).toEqual(real)
  })
})
