/** What `xpoold --help` prints. */
import { settingNames, settingRow } from './setting-table.js'

export function helpText(): string {
  const usages = settingNames.map((name) => {
    const row = settingRow(name)
    const value = row.placeholder === undefined ? '' : ` ${row.placeholder}`
    return { usage: `${row.flag}${value}`, row }
  })
  const width = Math.max(...usages.map(({ usage }) => usage.length)) + 2
  const lines = usages.map(({ usage, row }) => {
    const indent = ' '.repeat(width + 2)
    return `  ${usage.padEnd(width)}${row.help}\n${indent}${row.env}, default: ${row.defaultText}`
  })
  return [
    'Usage: xpoold [flags]',
    '',
    'xpoold lends privacy numbers: it serves gRPC on --listen and metrics, health and a page on --http.',
    'A flag comes before its environment variable, that before the --config file, that before the default.',
    '',
    ...lines,
    `  ${'--help'.padEnd(width)}print this and end`,
    `  ${'--version'.padEnd(width)}print the version and end`,
    '',
  ].join('\n')
}
