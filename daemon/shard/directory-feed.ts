/** The directory's facts for one shard, as its loop takes them. */
import type { DirectoryFacts } from '../directory/facts-view.js'
import type { DirectoryFeed } from './loop-store.js'

export function directoryFeed(shard: number, facts: DirectoryFacts, version: () => number): DirectoryFeed {
  return {
    version,
    load: (take) =>
      facts.loadFacts(shard, (chunk) => {
        for (const fact of chunk) take(fact)
      }),
    since: (known) => facts.factsSince(shard, known),
  }
}
