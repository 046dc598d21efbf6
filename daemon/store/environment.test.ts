import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatVersion, UnknownFormat } from './data-format.js'
import { type Environment, openEnvironment } from './environment.js'
import { checkEnvironment, DamagedEnvironment } from './environment-preflight.js'
import { CorruptRecord, openRecord, sealRecord } from './record.js'

const bytes = (text: string) => new TextEncoder().encode(text)

let directory: string
let opened: Environment[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xpool.env-'))
  opened = []
})

afterEach(async () => {
  for (const environment of opened) await environment.close()
  rmSync(directory, { recursive: true, force: true })
})

function openHere(readOnly = false): Environment {
  const environment = openEnvironment(directory, { databases: ['things'], readOnly })
  opened.push(environment)
  return environment
}

async function closeAll(): Promise<void> {
  for (const environment of opened.splice(0)) await environment.close()
}

/** Enough records that the file has many pages. */
function fill(environment: Environment, from = 0): void {
  const things = environment.database('things')
  environment.transaction(() => {
    for (let i = from; i < from + 5_000; i += 1) {
      const key = bytes(`key ${String(i).padStart(8, '0')}`)
      void things.put(key, sealRecord(key, new Uint8Array(200).fill(i)))
    }
  })
}

describe('environment', () => {
  it('keeps what was written, and reads it back in another opening', async () => {
    fill(openHere())
    await closeAll()
    const again = openHere(true)
    expect(again.database('things').getKeysCount()).toBe(5_000)
  })

  it('writes all of a transaction or nothing', () => {
    const environment = openHere()
    const things = environment.database('things')
    expect(() =>
      environment.transaction(() => {
        void things.put(bytes('a'), bytes('1'))
        throw new Error('stop')
      }),
    ).toThrow('stop')
    expect(things.getKeysCount()).toBe(0)
  })

  it('refuses data of another format version by name', async () => {
    const environment = openHere()
    environment.transaction(() => {
      const version = new Uint8Array(4)
      new DataView(version.buffer).setUint32(0, formatVersion + 1)
      void environment.database('meta').put(bytes('format'), sealRecord(bytes('format'), version))
    })
    await closeAll()
    expect(() => openHere()).toThrow(UnknownFormat)
    expect(() => openHere()).toThrow(`format ${formatVersion + 1}, and this program reads format ${formatVersion}`)
  })

  it('refuses data without a format marker', async () => {
    const environment = openHere()
    environment.transaction(() => {
      void environment.database('meta').remove(bytes('format'))
      void environment.database('meta').put(bytes('other'), bytes('thing'))
    })
    await closeAll()
    expect(() => openHere()).toThrow(UnknownFormat)
  })

  it('does not create anything when opened for reading', () => {
    expect(() => openHere(true)).toThrow('holds no environment')
    expect(readdirSync(directory)).toEqual([])
  })

  it('knows only the databases that were named', () => {
    expect(() => openHere().database('elsewhere')).toThrow('was not named')
  })
})

describe('record', () => {
  it('notices any flipped bit, and a record under another key', () => {
    const key = bytes('key')
    const record = sealRecord(key, bytes('value'))
    expect(openRecord('things', key, record)).toEqual(bytes('value'))
    for (let bit = 0; bit < record.length * 8; bit += 1) {
      const flipped = record.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => openRecord('things', key, flipped)).toThrow(CorruptRecord)
    }
    expect(() => openRecord('things', bytes('kez'), record)).toThrow('database things, key 6b657a')
  })
})

describe('preflight', () => {
  const file = () => join(directory, 'data.mdb')

  it('lets a missing and a sound environment pass', async () => {
    await expect(checkEnvironment(directory)).resolves.toBeUndefined()
    fill(openHere())
    await closeAll()
    await expect(checkEnvironment(directory)).resolves.toBeUndefined()
  })

  it('finds a truncated file without dying of it', async () => {
    fill(openHere())
    await closeAll()
    truncateSync(file(), Math.floor(readFileSync(file()).length / 2 / 4_096) * 4_096)
    await expect(checkEnvironment(directory)).rejects.toThrow(/ended a process by SIG(BUS|SEGV)/)
    expect(readdirSync(directory).filter((name) => name.startsWith('check-'))).toEqual([])
  })

  it('lets a file pass that is shorter than its meta page says, and whole', async () => {
    const environment = openHere()
    const things = environment.database('things')
    fill(environment)
    environment.transaction(() => {
      void things.put(bytes('big'), new Uint8Array(400_000))
      void things.remove(bytes('big'))
      void things.put(bytes('small'), bytes('stays'))
    })
    await closeAll()
    const raw = readFileSync(file())
    const claimed = [0, 4_096].map((page) => (raw.readBigUInt64LE(page + 144) + 1n) * 4_096n)
    expect(claimed.some((length) => length > raw.length)).toBe(true)
    await expect(checkEnvironment(directory)).resolves.toBeUndefined()
  })

  it('finds meta pages that are not LMDB’s', async () => {
    fill(openHere())
    await closeAll()
    const raw = readFileSync(file())
    raw.fill(0xff, 0, 200)
    writeFileSync(file(), raw)
    await expect(checkEnvironment(directory)).rejects.toThrow('meta pages')
  })

  it('finds a file that is cut to nothing', async () => {
    fill(openHere())
    await closeAll()
    truncateSync(file(), 100)
    await expect(checkEnvironment(directory)).rejects.toThrow(DamagedEnvironment)
  })
})
