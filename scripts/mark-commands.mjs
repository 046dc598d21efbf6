/**
 * Makes the commands of this package executable. npm does so when it links them,
 * once: commands that are built anew behind a link that is there already would
 * be refused by the shell.
 */
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
for (const command of Object.values(bin)) chmodSync(join(root, command), 0o755)
