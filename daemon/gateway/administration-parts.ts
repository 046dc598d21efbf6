/** What the methods of AdministrationService stand on. */
import type { NumberRule } from '../core/canonical-number.js'
import type { DirectoryAnswer, DirectoryCommand } from '../directory/commands.js'
import type { DirectoryClient, DirectoryView } from '../directory/view.js'
import type { ShardClient } from '../shard/shard-client.js'
import type { ShardReader } from '../store/shard-reader.js'
import { directoryFailure, type Failure } from './failure.js'

export interface AdministrationParts {
  readonly directory: DirectoryView
  readonly directoryClient: DirectoryClient
  readonly shards: readonly ShardReader[]
  readonly shardClient: ShardClient
  readonly clock: { now(): number }
  /** Adopts a wall clock that jumped; resolves to the time then in force, unix ms. */
  readonly confirmClock: () => Promise<number>
  readonly rules: readonly NumberRule[]
  /** Seals page tokens that hold more than their reader may see; one key for all gateways of the process. */
  readonly pageKey: Uint8Array
}

/** Asks the directory's writer; what it did is visible here when this resolves (I6). */
export async function change(
  parts: Pick<AdministrationParts, 'directory' | 'directoryClient'>,
  command: DirectoryCommand,
): Promise<Extract<DirectoryAnswer, { ok: true }> | Failure> {
  const answer = await parts.directoryClient.submit(command)
  parts.directory.refresh()
  return answer.ok ? answer : directoryFailure(answer)
}
