/** The directory in memory, for tests of the gateway alone: it remembers and looks up as the real one does, and decides nothing. */
import type { Ban, NumberRecord, Pool, Tenant } from '../../core/directory.js'
import { samplePool, sampleTenant } from '../../core/testing.js'
import type { DirectoryAnswer, DirectoryCommand } from '../../directory/commands.js'
import type { DirectoryClient, DirectoryView } from '../../directory/view.js'

export const tenantDemo: Tenant = sampleTenant()
export const poolDemo: Pool = samplePool()

/** Tenants, pools and numbers in maps; `asked` keeps the commands. */
export class MemoryDirectory implements DirectoryView, DirectoryClient {
  readonly tenantRows = new Map<string, Tenant>([['demo', tenantDemo]])
  readonly poolRows = new Map<string, Pool>([['demo', poolDemo]])
  readonly numberRows = new Map<string, NumberRecord>()
  readonly banRows: Ban[] = []
  readonly asked: DirectoryCommand[] = []
  refreshes = 0
  answerNext: DirectoryAnswer | undefined
  version = 1

  constructor(numbers: readonly string[]) {
    for (const [ordinal, digits] of numbers.entries()) {
      this.numberRows.set(digits, {
        digits,
        shard: 0,
        ordinal,
        pool: 1,
        area: '',
        state: 'IN_SERVICE',
        stateBefore: 'IN_SERVICE',
        importId: 0,
      })
    }
  }

  refresh(): void {
    this.refreshes += 1
  }

  tenant(id: number): Tenant | undefined {
    return [...this.tenantRows.values()].find((one) => one.id === id)
  }

  tenantByName(name: string): Tenant | undefined {
    return this.tenantRows.get(name)
  }

  pool(id: number): Pool | undefined {
    return [...this.poolRows.values()].find((one) => one.id === id)
  }

  poolByName(name: string): Pool | undefined {
    return this.poolRows.get(name)
  }

  number(digits: string): NumberRecord | undefined {
    return this.numberRows.get(digits)
  }

  numberAt(text: Uint8Array, from: number, to: number): NumberRecord | undefined {
    return this.number(Buffer.from(text.subarray(from, to)).toString('latin1'))
  }

  mayBeBanned(): boolean {
    return this.banRows.length > 0
  }

  banned(caller: string, callee: string, tenant: number, nowMs: number): boolean {
    return this.banRows.some(
      (ban) =>
        ban.caller === caller &&
        (ban.callee === undefined || ban.callee === callee) &&
        (ban.tenant === undefined || ban.tenant === tenant) &&
        nowMs < (ban.untilMs ?? Number.POSITIVE_INFINITY),
    )
  }

  bans(after: string, limit: number) {
    const from = after === '' ? 0 : Number(after)
    const to = from + limit
    return { bans: this.banRows.slice(from, to), next: to < this.banRows.length ? String(to) : undefined }
  }

  tenants(afterName: string, limit: number): Tenant[] {
    return pageOf([...this.tenantRows.values()], afterName, limit)
  }

  pools(afterName: string, limit: number): Pool[] {
    return pageOf([...this.poolRows.values()], afterName, limit)
  }

  numbers(after: string | undefined, limit: number) {
    const rest = [...this.numberRows.values()].filter(({ digits }) => after === undefined || digits > after)
    const numbers = rest.sort((one, other) => (one.digits < other.digits ? -1 : 1)).slice(0, limit)
    return { numbers, next: rest.length > limit ? numbers.at(-1)?.digits : undefined }
  }

  async submit(command: DirectoryCommand): Promise<DirectoryAnswer> {
    this.asked.push(command)
    if (this.answerNext !== undefined) return this.answerNext
    if (command.type === 'create-tenant') {
      const tenant = { ...tenantDemo, id: this.tenantRows.size + 1, name: command.name }
      this.tenantRows.set(command.name, tenant)
      return { ok: true, tenant }
    }
    if (command.type === 'create-pool') {
      const pool = { ...poolDemo, id: this.poolRows.size + 1, name: command.name }
      this.poolRows.set(command.name, pool)
      return { ok: true, pool }
    }
    if (command.type === 'ban') this.#ban(command)
    return { ok: true, tenant: tenantDemo, pool: poolDemo, added: 1, live: 1, changed: 1, removed: 1, lifted: true }
  }

  #ban({ caller, callee, tenant, untilMs, reason }: Extract<DirectoryCommand, { type: 'ban' }>): void {
    const whose = tenant === '' ? undefined : this.tenantRows.get(tenant)?.id
    this.banRows.push({
      caller,
      callee: callee === '' ? undefined : callee,
      tenant: whose,
      untilMs,
      reason,
      sinceMs: 1,
    })
  }
}

function pageOf<Row extends { readonly name: string }>(rows: readonly Row[], after: string, limit: number): Row[] {
  return rows
    .filter(({ name }) => name > after)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, limit)
}
