/** How the pages of the directory's journal turn into its rows again: the same code as in the writer's own commits. */
import { DirectoryApply } from './directory-apply.js'
import { directoryTables } from './directory-environment.js'
import { decodeDirectoryEvent } from './directory-event-codec.js'
import type { Projection } from './rebuild.js'

/** The rows of the directory. */
export const directoryRows: Projection = (target) => {
  const rows = new DirectoryApply(directoryTables(target))
  return ({ entries }) => {
    for (const { event } of entries) rows.apply(decodeDirectoryEvent(event))
  }
}
