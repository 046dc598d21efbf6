/** Asks a directory to remove numbers, and says so once its shard is asked about them, which never answers. */

import { openDirectoryWriter } from '../../daemon/directory/open-writer.js'
import { SharedVersion } from '../../daemon/directory/shared-version.js'
import { numberPreparer } from '../../daemon/jobs/prepare-numbers.js'
import { addNumbers, removeNumbers } from './decision-fixture.js'

const [path = ''] = process.argv.slice(2)
const writer = await openDirectoryWriter(path, {
  shared: new SharedVersion(),
  shards: 1,
  rules: [],
  clock: Date.now,
  prepare: numberPreparer(undefined, []),
  occupied: () => {
    process.stdout.write('asked\n')
    return new Promise(() => {})
  },
  onFault: (error) => {
    throw error
  },
})
await writer.submit({ type: 'create-pool', name: 'p', wanted: {} })
await writer.submit(addNumbers('p', { numbers: ['111', '112', '113'] }))
await writer.submit(removeNumbers('p', { numbers: ['111', '112'] }))
