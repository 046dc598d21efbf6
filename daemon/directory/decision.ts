/** What a decision of the directory is: an answer, and what happened. */
import type { DirectoryEvent } from '../store/directory-event.js'
import type { DirectoryAnswer } from './commands.js'
import type { DirectoryRefusal } from './refusal.js'

export interface Decision {
  /** Holds once all pages are durable. */
  readonly answer: DirectoryAnswer
  /** What to write, a commit each; none when nothing changes or the answer is a refusal. */
  readonly pages: readonly (readonly DirectoryEvent[])[]
}

export function refused(answer: DirectoryRefusal): Decision {
  return { answer, pages: [] }
}
