#!/usr/bin/env node
/** The daemon `xpoold`: settings in, a running daemon out. Everything is wired in daemon.ts. */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { settingsFrom } from './config/settings.js'
import { version } from './config/version.js'
import { runDaemon } from './daemon.js'

const given = settingsFrom({
  argv: process.argv.slice(2),
  env: process.env,
  readFile: (path) => readFileSync(path, 'utf8'),
  cwd: process.cwd(),
  cores: availableParallelism(),
  version,
})

if (given.kind === 'run') await runDaemon(given.settings, given.unknownVariables)
else {
  const faulty = given.kind === 'faults'
  ;(faulty ? process.stderr : process.stdout).write(given.text)
  process.exitCode = faulty ? 2 : 0
}
