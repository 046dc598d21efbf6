/** What `--dev` puts into an empty data folder, so that the first command has something to work on. */
import type { DirectoryCommand } from './commands.js'
import type { DirectoryWriter } from './writer.js'

export const demo = {
  tenant: 'demo',
  pool: 'demo',
  block: { first: '700123456780000', count: 10_000 },
} as const

const steps: readonly DirectoryCommand[] = [
  { type: 'create-tenant', name: demo.tenant, wanted: { qualification: 'APPROVED' } },
  { type: 'create-pool', name: demo.pool, wanted: { tenants: [demo.tenant] } },
  {
    type: 'add-numbers',
    pool: demo.pool,
    area: '',
    blocks: [demo.block],
    numbers: [],
    importName: '',
    last: false,
  },
]

/**
 * Makes tenant and pool `demo` with 10,000 numbers; a start that was broken off
 * in the middle is taken up again. False where there is anything else.
 */
export async function bootstrapDemo(writer: DirectoryWriter): Promise<boolean> {
  if (!writer.holdsAtMost(demo)) return false
  for (const step of steps) {
    const answer = await writer.submit(step)
    if (!answer.ok && !alreadyThere.has(answer.reason)) throw new Error(`dev mode: ${answer.message}`)
  }
  return true
}

const alreadyThere: ReadonlySet<string> = new Set(['TENANT_EXISTS', 'POOL_EXISTS', 'NUMBER_EXISTS'])
