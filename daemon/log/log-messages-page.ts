/** docs/operations/log-messages.md, written from the catalogue. */
import { catalogue, type Level, type MessageId } from './catalogue.js'
import { burstLines, linesPerSecond } from './log.js'

interface Row {
  readonly level: Level
  readonly message: string
  readonly facts: readonly string[]
  readonly action?: string
}

const chapters: readonly (readonly [Level, string])[] = [
  ['error', 'Errors: somebody is not served, or a fault of the daemon was contained'],
  ['warning', 'Warnings: everybody is served, and somebody should look'],
  ['info', 'Information'],
  ['debug', 'Debugging'],
]

/** The whole page. */
export function logMessagesPage(): string {
  return [
    '# Log messages',
    '',
    'Written from `daemon/log/catalogue.ts` by its test (`npx vitest run daemon/log --update`); do not edit.',
    '',
    '`xpoold` writes one JSON object a line on stderr: `time` (UTC, wall clock), `level`, `id`, `message`, `thread`, and the facts of the',
    'message. Rely on `id`; the words of a message may change. No line holds the number of a party.',
    '',
    `Of one id each thread writes ${burstLines} lines at once and then ${linesPerSecond} a second. What was left out stands as \`suppressed\` in the next line of that`,
    'id; lines that stderr did not take stand as `dropped`; `cut` says that facts were left out because the line was too long.',
    '',
    ...chapters.flatMap(([level, title]) => chapter(level, title)),
  ].join('\n')
}

function chapter(level: Level, title: string): string[] {
  const ids = (Object.keys(catalogue) as MessageId[]).filter((id) => catalogue[id].level === level)
  const alarms = level === 'error' || level === 'warning'
  const head = alarms
    ? ['| id | message | facts | what to do |', '| --- | --- | --- | --- |']
    : ['| id | message | facts |', '| --- | --- | --- |']
  return [`## ${title}`, '', ...head, ...ids.map((id) => row(id, catalogue[id])), '']
}

function row(id: MessageId, { message, facts, action }: Row): string {
  const names = facts.map((fact) => `\`${fact}\``).join(', ')
  return ['', `\`${id}\``, message, names, ...(action === undefined ? [] : [action]), ''].join(' | ').trim()
}
