/**
 * Builds unless the output is newer than everything it is made of. npx prepares
 * this package when it first runs one of its commands, perhaps beside a daemon
 * that runs from the output: then nothing must be touched.
 */
import { execSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const stamp = join(root, 'dist', '.built')
const sources = ['proto', 'daemon', 'bench', 'loadtest', 'test', 'package.json', 'tsconfig.json', 'buf.gen.yaml']
/** Output that lies among the sources; it touches the time of its own folder and of the one it is in. */
const generated = join(root, 'daemon', 'generated')
const daemon = join(root, 'daemon')

/** A folder's own time counts too: a file that was removed shows there alone. */
function newestMs(path) {
  if (path === generated) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const own = path === daemon ? 0 : stat.mtimeMs
  return Math.max(own, ...readdirSync(path).map((name) => newestMs(join(path, name))))
}

const builtMs = existsSync(stamp) ? Number(statSync(stamp).mtimeMs) : 0
if (Math.max(...sources.map((name) => newestMs(join(root, name)))) > builtMs) {
  execSync('npm run -s build', { cwd: root, stdio: 'inherit' })
  writeFileSync(stamp, '')
}
