/**
 * Adds numbers to a directory until it is killed: requests that stand alone and
 * parts of one import by turns, each too large for one commit. Says on its
 * output what was answered, a line each: the request's index.
 */

import { openDirectoryWriter } from '../../daemon/directory/open-writer.js'
import { SharedVersion } from '../../daemon/directory/shared-version.js'
import { numberPreparer } from '../../daemon/jobs/prepare-numbers.js'
import { requestAt } from './import-requests.js'

const [path = '', from = '0'] = process.argv.slice(2)
const writer = await openDirectoryWriter(path, {
  shared: new SharedVersion(),
  shards: 1,
  rules: [],
  clock: Date.now,
  prepare: numberPreparer(undefined, []),
  occupied: async () => 0,
  onFault: (error) => {
    throw error
  },
})
await writer.submit({ type: 'create-pool', name: 'p', wanted: {} })
for (let index = Number(from); ; index += 1) {
  const answer = await writer.submit(requestAt(index))
  if (!answer.ok) throw new Error(answer.message)
  process.stdout.write(`${index}\n`)
}
