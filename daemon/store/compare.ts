/** Compares two environments record by record, CRC included. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { BinaryDatabase } from './binary-database.js'
import type { Environment } from './environment.js'
import { clockKey, leaseKey } from './meta-rows.js'

export interface Difference {
  readonly database: string
  /** In hexadecimal. */
  readonly key: string
  readonly what: 'only in the first' | 'only in the second' | 'another value'
}

const recordsAtOnce = 1_000
const differencesMax = 100

/** Rows that say who writes and what time it is: they are not made from the journal. */
const ofTheProcess: ReadonlySet<string> = new Set([leaseKey, clockKey].map(hex))

/** The first differences, at most 100; none: the two hold the same keys with the same values. */
export async function compareEnvironments(
  first: Environment,
  second: Environment,
  databases: readonly string[],
): Promise<Difference[]> {
  const differences: Difference[] = []
  for (const database of databases) {
    const walks = [new Walk(first, database), new Walk(second, database)] as const
    for (;;) {
      const [a, b] = [walks[0].current(), walks[1].current()]
      if ((a === undefined && b === undefined) || differences.length >= differencesMax) break
      const order = a === undefined ? 1 : b === undefined ? -1 : Buffer.compare(a.key, b.key)
      const at = order <= 0 ? a! : b!
      const note = (what: Difference['what']) => {
        if (database !== 'meta' || !ofTheProcess.has(hex(at.key)))
          differences.push({ database, key: hex(at.key), what })
      }
      if (order < 0) note('only in the first')
      else if (order > 0) note('only in the second')
      else if (Buffer.compare(a!.value, b!.value) !== 0) note('another value')
      if (order <= 0) await walks[0].advance()
      if (order >= 0) await walks[1].advance()
    }
  }
  return differences
}

interface RawRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Goes through a database in chunks, so that no read snapshot lasts long. */
class Walk {
  readonly #environment: Environment
  readonly #database: BinaryDatabase
  #chunk: RawRecord[] = []
  #at = 0
  #from: Uint8Array | undefined = new Uint8Array(1)

  constructor(environment: Environment, database: string) {
    this.#environment = environment
    this.#database = environment.database(database)
    this.#fetch()
  }

  current(): RawRecord | undefined {
    return this.#chunk[this.#at]
  }

  async advance(): Promise<void> {
    this.#at += 1
    if (this.#at < this.#chunk.length || this.#from === undefined) return
    await nextTurn()
    this.#fetch()
  }

  #fetch(): void {
    this.#environment.refresh()
    this.#chunk = [...this.#database.getRange({ start: this.#from!, limit: recordsAtOnce })]
    this.#at = 0
    const last = this.#chunk.at(-1)
    const full = this.#chunk.length === recordsAtOnce
    this.#from = full && last !== undefined ? Buffer.concat([last.key, Uint8Array.of(0)]) : undefined
  }
}

function hex(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex')
}
