/**
 * Puts the commands of this package where npx looks first. npm links the
 * commands of dependencies, not those of the package itself, and npx would else
 * install the folder into its cache and build it there a second time.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const commands = join(root, 'node_modules', '.bin')
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

mkdirSync(commands, { recursive: true })
for (const [name, file] of Object.entries(bin)) {
  chmodSync(join(root, file), 0o755)
  rmSync(join(commands, name), { force: true })
  // Windows starts nothing by a link: there, npx takes its longer way.
  if (process.platform !== 'win32') symlinkSync(join('..', '..', file), join(commands, name))
}
