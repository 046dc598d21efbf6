/**
 * The tour of README.md, run as printed against a fresh daemon. `npm run tour`
 * writes the output that a run gave into the page; what differs between two
 * runs (times, lengths of windows cut short) is left as it stands there.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../daemon/cli/program.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './e2e/daemon.js'
import { root } from './sources.js'

const readme = join(root, 'README.md')
let data: string
let daemon: Daemon

beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data)
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

test('README.md shows what a fresh daemon prints', async () => {
  const page = readFileSync(readme, 'utf8')
  await expect(await rerun(page)).toMatchFileSnapshot(readme)
})

/** The page with the output of every command in its console blocks replaced by that of a run. */
async function rerun(page: string): Promise<string> {
  const parts = page.split(/(^```console\n[\s\S]*?^```$)/m)
  const shown: string[] = []
  for (const part of parts) shown.push(part.startsWith('```console\n') ? await rerunBlock(part) : part)
  return shown.join('')
}

async function rerunBlock(block: string): Promise<string> {
  const steps = block.slice('```console\n'.length, -'```'.length).split(/^(?=\$ )/m)
  let text = ''
  for (const step of steps) {
    const [command, ...before] = step.trimEnd().split('\n')
    const after = await outputOf(command!)
    const same = stable(before.join('\n')) === stable(after)
    text += [command, same ? before.join('\n') : after].filter((line) => line !== '').join('\n')
    text += '\n'
  }
  return `\`\`\`console\n${text}\`\`\``
}

async function outputOf(command: string): Promise<string> {
  const lines: string[] = []
  const terminal = { out: (text: string) => lines.push(text), err: (text: string) => lines.push(text), isTty: false }
  const args = command.replace('$ npx xpool ', '').split(' ')
  await run(['--server', daemon.grpc, ...args], terminal)
  return lines.join('\n')
}

/** A text without what two runs cannot agree on. */
function stable(text: string): string {
  return text
    .replaceAll(/\d{4}-\d{2}-\d{2}[T ][\d:.]+(Z|[+-]\d{2}:\d{2})?/g, 'TIME')
    .replaceAll(/\(window [^)]*\)/g, '(window)')
    .replaceAll(/\S+ from now/g, 'LATER from now')
    .replaceAll(/ +/g, ' ')
}
