import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FolderHeld, holdFolder } from './folder-lock.js'
import { giveLifeSign, hasLifeSign } from './life-sign.js'
import { drawIdentityId, ownIdentity, type ProcessIdentity } from './process-identity.js'

const place = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const hook = place('../../test/resolve-typescript.ts')
/** Says `held` or `refused: why` and then stays, when told to by a line on stdin. */
const starter = `
  import { holdFolder } from ${JSON.stringify(place('./folder-lock.ts'))}
  import { writeSync } from 'node:fs'
  writeSync(1, 'up\\n')
  process.stdin.once('data', async () => {
    try {
      const lock = await holdFolder(process.argv[1], 'xpoold')
      writeSync(1, 'held after ' + lock.tookOverFrom?.pid + '\\n')
    } catch (error) {
      writeSync(1, 'refused: ' + error.message + '\\n')
    }
  })`

let folder: string
let children: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xpool-lock-'))
  children = []
})

afterEach(async () => {
  await Promise.all(children.map(kill))
  rmSync(folder, { recursive: true })
})

function start(): { child: ChildProcess; line: () => Promise<string> } {
  const args = ['--import', hook, '--input-type=module', '-e', starter, folder]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  let text = ''
  child.stdout!.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  const line = async () => {
    while (!text.includes('\n')) await once(child.stdout!, 'data')
    const end = text.indexOf('\n')
    const first = text.slice(0, end)
    text = text.slice(end + 1)
    return first
  }
  return { child, line }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** A lock left behind by a holder that differs from this process in what is given. */
function leave(change: Partial<ProcessIdentity>): ProcessIdentity {
  const holder = { ...ownIdentity(drawIdentityId(), 'xpoold', false), ...change }
  writeFileSync(join(folder, 'daemon.lock'), JSON.stringify(holder))
  return holder
}

describe('folder lock', () => {
  test('is held once, released, and held again', async () => {
    const lock = await holdFolder(join(folder, 'new', 'data'), 'xpoold')
    await expect(holdFolder(join(folder, 'new', 'data'), 'xpool check')).rejects.toThrow(FolderHeld)
    await lock.release()
    await lock.release()
    expect(readdirSync(join(folder, 'new', 'data'))).toEqual([])
    const again = await holdFolder(join(folder, 'new', 'data'), 'xpool check')
    expect(again.tookOverFrom).toBeUndefined()
    await again.release()
  })

  test('another process is refused by the name of the holder; kill -9 of the holder lets it in', async () => {
    const [first, second] = [start(), start()]
    await Promise.all([first.line(), second.line()])
    first.child.stdin!.write('go\n')
    expect(await first.line()).toBe('held after undefined')
    const refusal = await holdFolder(folder, 'xpool check').catch((error: Error) => error)
    expect(String(refusal)).toContain(`is held by xpoold (pid ${first.child.pid} on `)
    await kill(first.child)
    expect(existsSync(join(folder, 'daemon.lock'))).toBe(true)
    second.child.stdin!.write('go\n')
    expect(await second.line()).toBe(`held after ${first.child.pid}`)
    const { id } = JSON.parse(readFileSync(join(folder, 'daemon.lock'), 'utf8')) as ProcessIdentity
    expect(readdirSync(folder).sort()).toEqual(['daemon.lock', `daemon.lock.alive-${id}`])
  })

  test('of many that race for the folder of a dead holder exactly one gets it, time after time', async () => {
    let racers = await Promise.all(Array.from({ length: 6 }, ready))
    for (let round = 0; round < 4; round += 1) {
      for (const { child } of racers) child.stdin!.write('go\n')
      const said = await Promise.all(racers.map(({ line }) => line()))
      expect(said.filter((text) => text.startsWith('held'))).toHaveLength(1)
      expect(said.filter((text) => text.startsWith('refused: the data folder'))).toHaveLength(racers.length - 1)
      const winner = racers[said.findIndex((text) => text.startsWith('held'))]!
      expect(JSON.parse(readFileSync(join(folder, 'daemon.lock'), 'utf8'))).toMatchObject({ pid: winner.child.pid })
      await Promise.all(racers.map(({ child }) => kill(child)))
      racers = await Promise.all(Array.from({ length: 3 }, ready))
    }
  })

  async function ready() {
    const racer = start()
    await racer.line()
    return racer
  }

  test('a pid that was given to another process since is no holder', async () => {
    const former = leave({ processStart: '1' })
    const lock = await holdFolder(folder, 'xpoold')
    expect(lock.tookOverFrom).toEqual(former)
    await lock.release()
  })

  test('a holder under another boot is gone with it', async () => {
    leave({ bootId: '00000000-0000-0000-0000-000000000000' })
    await (await holdFolder(folder, 'xpoold')).release()
  })

  test('a lock that a power cut left unreadable is no holder', async () => {
    for (const text of ['', '{"pid":', '[]', '{"pid":1}']) {
      writeFileSync(join(folder, 'daemon.lock'), text)
      await (await holdFolder(folder, 'xpoold')).release()
    }
  })

  test('a successor that died before it took the lock is succeeded itself, and one that lives holds the folder', async () => {
    const dead = leave({ processStart: '1' })
    const successor = ownIdentity(drawIdentityId(), 'xpoold', false)
    const file = join(folder, `daemon.lock.after-${dead.id}`)
    writeFileSync(file, JSON.stringify(successor))
    await expect(holdFolder(folder, 'xpool check')).rejects.toThrow(FolderHeld)
    writeFileSync(file, JSON.stringify({ ...successor, processStart: '2' }))
    const lock = await holdFolder(folder, 'xpool check')
    expect(lock.tookOverFrom?.id).toBe(successor.id)
    expect(readdirSync(folder).filter((name) => !name.includes('alive'))).toEqual(['daemon.lock'])
    await lock.release()
  })

  test('a holder in another container is asked for a sign of life', async () => {
    const elsewhere = { pidNamespace: 'pid:[1]', lifeSign: true }
    const { id } = leave(elsewhere)
    const sign = await giveLifeSign(folder, id)
    await expect(holdFolder(folder, 'xpoold')).rejects.toThrow('stop that one first')
    await sign?.stop()
    await (await holdFolder(folder, 'xpoold')).release()
    leave({ ...elsewhere, lifeSign: false })
    await expect(holdFolder(folder, 'xpoold')).rejects.toThrow(`remove ${join(folder, 'daemon.lock')}`)
  })

  test('a sign of life ends with kill -9, and reaches a folder with a long name', async () => {
    folder = join(folder, 'd'.repeat(120))
    mkdirSync(folder)
    const { child, line } = await ready()
    child.stdin!.write('go\n')
    await line()
    const { id } = JSON.parse(readFileSync(join(folder, 'daemon.lock'), 'utf8')) as ProcessIdentity
    expect(await hasLifeSign(folder, id)).toBe(true)
    await kill(child)
    expect(await hasLifeSign(folder, id)).toBe(false)
  })
})
