/** Bans as they will be once the page that is being gathered is written: what the rows do not know yet. */
import type { Ban } from '../core/directory.js'
import { banKeyOf, banKeysIn } from '../store/directory-ban-row.js'
import type { DirectoryEvent } from '../store/directory-event.js'

export class PendingBans {
  /** undefined: dropped. */
  readonly #bans = new Map<string, Ban | undefined>()

  has(key: Uint8Array): boolean {
    return this.#bans.size > 0 && this.#bans.has(nameOf(key))
  }

  get(key: Uint8Array): Ban | undefined {
    return this.#bans.get(nameOf(key))
  }

  note(event: DirectoryEvent): void {
    if (event.type === 'ban') this.#bans.set(nameOf(banKeyOf(event.ban)), event.ban)
    if (event.type !== 'bans-dropped') return
    for (const key of banKeysIn(event.keys)) this.#bans.set(nameOf(key), undefined)
  }

  clear(): void {
    this.#bans.clear()
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
}
