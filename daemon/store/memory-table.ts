/** A table in memory, for simulation and for tests that need no disk. Rows are found by a linear look at the keys' order. */
import type { Row, ShardDatabase, ShardTables, Table } from './table.js'

/** Not for many rows: a range sorts all keys. */
export class MemoryTable implements Table {
  readonly name: string
  readonly #rows = new Map<string, Uint8Array>()

  constructor(name: string) {
    this.name = name
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#rows.get(textOf(key))
  }

  put(key: Uint8Array, payload: Uint8Array): void {
    this.#rows.set(textOf(key), payload.slice())
  }

  append(key: Uint8Array, payload: Uint8Array): void {
    const text = textOf(key)
    for (const other of this.#rows.keys()) {
      if (other >= text) throw new Error(`${this.name}: a row was to be appended and is not the last`)
    }
    this.put(key, payload)
  }

  remove(key: Uint8Array): void {
    this.#rows.delete(textOf(key))
  }

  rows(from: Uint8Array, to: Uint8Array | undefined, limit: number): Row[] {
    const first = textOf(from)
    const end = to === undefined ? undefined : textOf(to)
    return [...this.#rows.keys()]
      .filter((key) => key >= first && (end === undefined || key < end))
      .sort()
      .slice(0, limit)
      .map((key) => ({ key: Buffer.from(key, 'hex'), payload: this.#rows.get(key)! }))
  }
}

/** Hexadecimal sorts as the bytes do. */
function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex')
}

/** The tables of a shard, empty. */
export function memoryTables(): ShardTables {
  const table = (name: ShardDatabase) => new MemoryTable(name)
  return {
    meta: table('meta'),
    route: table('route'),
    binding: table('binding'),
    user_data: table('user_data'),
    calls: table('calls'),
    extension: table('extension'),
    request: table('request'),
    release: table('release'),
    journal: table('journal'),
  }
}
