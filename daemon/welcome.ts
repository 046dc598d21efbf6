/** What a newcomer sees after the ready line in dev mode: the next commands, which work as they are printed. */

import { firstSeq } from './core/binding.js'
import { formatBindingId } from './core/binding-id.js'
import { demo } from './directory/bootstrap-demo.js'

/** @param fresh the folder was empty: the first allocation gets the first number, and the first id */
export function printWelcome(addresses: { readonly grpc: string; readonly http: string }, fresh: boolean): void {
  const server = addresses.grpc === '127.0.0.1:7700' ? '' : ` --server ${addresses.grpc}`
  const xpool = `npx xpool${server}`
  const lines = fresh
    ? firstSteps(xpool)
    : [`${xpool} list --tenant ${demo.tenant}`, `${xpool} stats`, `${xpool} --help`]
  process.stdout.write(`
Try it in a second terminal, in this folder:

${lines.map((line) => `  ${line}`).join('\n')}

Metrics and an operator's page: http://${addresses.http}/      Ctrl-C stops the daemon.
`)
}

/** Lend a number, call from both sides, take it back, and see the call refused. */
function firstSteps(xpool: string): string[] {
  const [a, b] = ['13800000001', '13900000002']
  const resolve = (caller: string) => `${xpool} resolve --number ${demo.block.first} --caller ${caller}`
  return [
    `${xpool} allocate --tenant ${demo.tenant} --pool ${demo.pool} --mode axb --a ${a} --b ${b} --ttl 30m`,
    resolve(a),
    resolve(b),
    `${xpool} release ${formatBindingId({ shard: 0, seq: firstSeq })}`,
    resolve(a),
    `${xpool} stats`,
  ]
}
