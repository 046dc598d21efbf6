/** docs/cli.md against the program, both ways. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { exitCode } from './exit-code.js'
import { everyCommand, programOf } from './program.js'

const page = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8')
const terminal = { out: () => undefined, err: () => undefined, isTty: false }

/** What is under each heading of a command, by the command's name and arguments. */
const sections = new Map(
  page.split(/^## /m).flatMap((section): [string, string][] => {
    const heading = /^`xpool (.*)`\n/.exec(section)
    return heading === null ? [] : [[heading[1]!, section]]
  }),
)

function commands(): Command[] {
  return everyCommand(programOf(terminal)).filter(runs)
}

/** A group of commands is none itself, unless it takes an argument of its own. */
function runs(command: Command): boolean {
  return command.commands.length === 0 || command.registeredArguments.length > 0
}

function headingOf(command: Command): string {
  const names: string[] = []
  for (let at: Command | null = command; at !== null && at.parent !== null; at = at.parent) names.unshift(at.name())
  const args = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [...names, ...args].join(' ')
}

function flagsIn(text: string): string[] {
  return [...text.matchAll(/^\| `(--[^`]+)` \|/gm)].map((match) => match[1]!)
}

test('every command has a section, and every section is a command', () => {
  expect([...sections.keys()].sort()).toEqual(commands().map(headingOf).sort())
})

test('every section lists the flags of its command, no more and no fewer', () => {
  for (const command of commands()) {
    const heading = headingOf(command)
    expect(flagsIn(sections.get(heading) ?? ''), heading).toEqual(command.options.map(({ flags }) => flags))
  }
})

test('the global flags are those of the program', () => {
  const general = page.slice(page.indexOf('## Everywhere'), page.indexOf('## `xpool'))
  expect(flagsIn(general)).toEqual(programOf(terminal).options.map(({ flags }) => flags))
})

test('every section has an example, and the program understands every one', async () => {
  for (const [heading, section] of sections) {
    const examples = [...section.matchAll(/^\$ xpool (.*)$/gm)].map((match) => match[1]!)
    expect(examples.length, heading).toBeGreaterThan(0)
    for (const example of examples) {
      expect(await commandOf(example), example).toBe(heading)
    }
  }
})

/** The heading of the command that an example runs, without running it. */
async function commandOf(example: string): Promise<string | undefined> {
  const program = programOf(terminal)
  let ran: string | undefined
  for (const command of everyCommand(program)) {
    if (runs(command)) {
      command.action(() => {
        ran = headingOf(command)
      })
    }
  }
  await program.parseAsync(example.split(/\s+/), { from: 'user' })
  return ran
}

test('the exit codes are those of the program', () => {
  const codes = [...page.matchAll(/^\| (\d) \|/gm)].map((match) => Number(match[1]))
  expect(codes).toEqual(Object.values(exitCode))
})
