/**
 * Pages in use of every named database in a file of LMDB, read as a stranger
 * reads them, from the file alone:
 *
 *   page 0, 1  | header 24 B | magic u32, version u32 | address, map size u64 | free db 48 B | main db 48 B | ...
 *   a database | pad u32, flags u16, depth u16 | branch, leaf, overflow pages u64 | entries u64 | root page u64
 *   a leaf     | header 24 B, its lower bound at 20 | offsets u16 | nodes: length u32, flags u16, key length u16, key, value
 *
 * The value of a named database's node in the main database is a database as above.
 */
import { open } from 'node:fs/promises'

const headerBytes = 24
const lowerAt = 20
const metaMagic = 0xbeefc0de
/** Of the file format: the one of the lmdb that this project pins. */
const formatVersion = 2
const databaseBytes = 48
const freeDatabaseAt = headerBytes + 24
const mainDatabaseAt = freeDatabaseAt + databaseBytes
const transactionAt = mainDatabaseAt + databaseBytes + 8
const nodeHeaderBytes = 8
const offsetBytes = 2
/** Of a node: its value is a database. */
const holdsDatabase = 2

export interface DatabasePages {
  readonly name: string
  readonly entries: number
  readonly bytes: number
}

/** @param file of an environment that nobody writes to at the moment @throws when it is not one of LMDB's */
export async function databasePages(file: string): Promise<DatabasePages[]> {
  const handle = await open(file, 'r')
  try {
    const read = async (length: number, position: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
      if (bytesRead < length) throw new Error(`${file} ends before ${position + length}`)
      return buffer
    }
    const first = await read(transactionAt + 8, 0)
    const format = first.readUInt32LE(headerBytes + 4) & 0xffff
    if (first.readUInt32LE(headerBytes) !== metaMagic || format !== formatVersion) {
      throw new Error(`${file} is no file of LMDB in format ${formatVersion}`)
    }
    const pageBytes = first.readUInt32LE(freeDatabaseAt)
    const second = await read(transactionAt + 8, pageBytes)
    const newest = [first, second].reduce((one, other) => (transactionOf(other) > transactionOf(one) ? other : one))
    const main = databaseAt(newest, mainDatabaseAt, pageBytes)
    if (main.depth > 1) throw new Error(`${file}: more named databases than one page holds`)
    if (main.depth === 0) return []
    return namedDatabases(await read(pageBytes, main.root * pageBytes), pageBytes)
  } finally {
    await handle.close()
  }
}

function transactionOf(meta: Buffer): bigint {
  return meta.readBigUInt64LE(transactionAt)
}

function databaseAt(bytes: Buffer, at: number, pageBytes: number) {
  const word = (index: number): number => Number(bytes.readBigUInt64LE(at + 8 + index * 8))
  const [branches, leaves, overflows] = [word(0), word(1), word(2)]
  return {
    depth: bytes.readUInt16LE(at + 6),
    bytes: (branches + leaves + overflows) * pageBytes,
    entries: word(3),
    root: word(4),
  }
}

/** Offsets of nodes, and the bound of their list, count from behind the page's header. */
function namedDatabases(leaf: Buffer, pageBytes: number): DatabasePages[] {
  const count = leaf.readUInt16LE(lowerAt) / offsetBytes
  const found: DatabasePages[] = []
  for (let i = 0; i < count; i += 1) {
    const at = headerBytes + leaf.readUInt16LE(headerBytes + i * offsetBytes)
    if ((leaf.readUInt16LE(at + 4) & holdsDatabase) === 0) continue
    const keyBytes = leaf.readUInt16LE(at + 6)
    const key = leaf.toString('latin1', at + nodeHeaderBytes, at + nodeHeaderBytes + keyBytes)
    const { entries, bytes } = databaseAt(leaf, at + nodeHeaderBytes + keyBytes, pageBytes)
    found.push({ name: key.replaceAll('\0', ''), entries, bytes })
  }
  return found
}
