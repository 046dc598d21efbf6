/**
 * What every thread may ask of the directory: the seam that gateways and shards
 * build on. A view reads the directory's LMDB environment and remembers what it
 * read until `refresh()` finds that the directory's version in shared memory has moved.
 */
import type { Digits, PoolId, TenantId } from '../core/binding.js'
import type { Ban, NumberRecord, Pool, Tenant } from '../core/directory.js'
import type { DirectoryAnswer, DirectoryCommand } from './commands.js'

export interface DirectoryView {
  /** Compares one shared integer; call before every batch (I6). */
  refresh(): void
  readonly version: number
  tenant(id: TenantId): Tenant | undefined
  tenantByName(name: string): Tenant | undefined
  pool(id: PoolId): Pool | undefined
  poolByName(name: string): Pool | undefined
  /** undefined for a number in no pool, and for one whose import is still open. */
  number(digits: Digits): NumberRecord | undefined
  /** As number, of the canonical digits that stand in `text` as ASCII. */
  numberAt(text: Uint8Array, from: number, to: number): NumberRecord | undefined
  /** False only for a caller (its canonical digits in ASCII) without any ban: one look at shared memory. */
  mayBeBanned(text: Uint8Array, from: number, to: number): boolean
  /**
   * Whether `caller` is banned altogether, or from `callee` where that is not empty; by a ban for this tenant or for
   * everybody that holds at `nowMs`. One look at shared memory where the caller was never banned.
   */
  banned(caller: Digits, callee: string, tenant: TenantId, nowMs: number): boolean
  /** Bans in force at `nowMs`, after the page token `after` ('' at first); examines at most `limit` rows; `next` is absent at the end. */
  bans(after: string, limit: number, nowMs: number): { readonly bans: Ban[]; readonly next: string | undefined }
  /** In order of name, names after `afterName`. */
  tenants(afterName: string, limit: number): Tenant[]
  pools(afterName: string, limit: number): Pool[]
  /** In order of (length, digits), after `after`; examines at most `limit` rows; `next` is absent at the end. */
  numbers(
    after: Digits | undefined,
    limit: number,
  ): { readonly numbers: NumberRecord[]; readonly next: Digits | undefined }
}

/** What a gateway asks of the directory's writer on the main thread; answered after the commit. */
export interface DirectoryClient {
  submit(command: DirectoryCommand): Promise<DirectoryAnswer>
}
