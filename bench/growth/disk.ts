/** What a shard's databases take, by pages in use: the file itself also holds free pages and room to grow. */
import { openShardEnvironment } from '../../daemon/store/shard-environment.js'
import { shardDatabases } from '../../daemon/store/table.js'

export interface BytesInUse {
  readonly journal: number
  /** Ids of requests, for replays. */
  readonly requests: number
  /** Routes, bindings and all else. */
  readonly bindings: number
}

interface PageCounts {
  readonly pageSize: number
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
}

/** @param directory of a shard that nobody writes to */
export async function bytesInUse(directory: string): Promise<BytesInUse> {
  const environment = openShardEnvironment(directory, { readOnly: true })
  const sum = { journal: 0, requests: 0, bindings: 0 }
  for (const name of shardDatabases) {
    const counts = environment.database(name).getStats() as PageCounts
    const pages = counts.treeBranchPageCount + counts.treeLeafPageCount + counts.overflowPages
    const group = name === 'journal' ? 'journal' : name === 'request' ? 'requests' : 'bindings'
    sum[group] += pages * counts.pageSize
  }
  await environment.close()
  return sum
}
