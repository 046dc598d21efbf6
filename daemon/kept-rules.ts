/**
 * Number rules are fixed once bindings exist: under other rules a party's other
 * spelling would be a stranger, and the party itself would not be found. The
 * folder keeps the rules it was used with, and a start with others is refused.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NumberRule } from './core/canonical-number.js'

const fileName = 'number-rules.json'

export class RulesChanged extends Error {
  override readonly name = 'RulesChanged'
}

/**
 * @param hasBindings whether any binding was ever made in the folder
 * @throws RulesChanged
 */
export async function keepRules(
  dataDir: string,
  rules: readonly NumberRule[],
  hasBindings: () => Promise<boolean>,
): Promise<void> {
  const path = join(dataDir, fileName)
  const wanted = JSON.stringify(rules.map(({ prefix, length, drop }) => ({ prefix, length, drop })))
  const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
  if (kept === wanted) return
  if (kept !== undefined && (await hasBindings())) {
    throw new RulesChanged(
      `number_rules are fixed once bindings exist: the data folder was used with ${kept}, the settings say ${wanted}`,
    )
  }
  // By a rename, so that a crash leaves the old rules or the new ones.
  writeFileSync(`${path}.new`, `${wanted}\n`, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
