/** Bans from the command to what every thread sees of them. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ban, unban } from '../../test/directory/decision-fixture.js'
import { allRows, numbersFrom, openWriter, type WriterFixture } from '../../test/directory/writer-fixture.js'
import { StorageUnavailable } from '../journal/shard-log.js'
import { directoryRows } from '../store/directory-rebuild.js'
import { rebuild } from '../store/rebuild.js'
import { directoryLimits } from './limits.js'
import { openDirectoryView } from './open-view.js'
import { openDirectoryWriter } from './open-writer.js'
import { SharedVersion } from './shared-version.js'

const opened: WriterFixture[] = []
const caller = '13800000001'
const callee = '13900000001'

async function open(): Promise<WriterFixture> {
  const made = await openWriter()
  opened.push(made)
  for (const name of ['t', 'u']) {
    await made.writer.submit({ type: 'create-tenant', name, wanted: { qualification: 'APPROVED' } })
  }
  return made
}

afterEach(async () => {
  for (const made of opened.splice(0)) await made.close()
})

describe('a ban', () => {
  it('holds in another thread at once after the answer, and no longer once it is lifted (I6)', async () => {
    const { writer, path, shared } = await open()
    const file = new URL('../../test/directory/view-thread.ts', import.meta.url)
    const hook = new URL('../../test/resolve-typescript.ts', import.meta.url).href
    const thread = new Worker(file, {
      workerData: { path, version: shared.buffer },
      execArgv: ['--experimental-transform-types', '--no-warnings', '--import', hook],
    })
    const isBanned = async (number: string) => {
      thread.postMessage({ number: '111', tenant: 't', caller: number })
      const [seen] = await once(thread, 'message')
      return seen.banned
    }
    expect(await isBanned(caller)).toBe(false)
    for (const number of numbersFrom(13_800_000_000, 50)) {
      await writer.submit(ban(number, { tenant: 't' }))
      expect(await isBanned(number)).toBe(true)
      expect(await writer.submit(unban(number, '', 't'))).toMatchObject({ lifted: true })
      expect(await isBanned(number)).toBe(false)
    }
    thread.postMessage('end')
    await once(thread, 'exit')
  })

  it('is in the filter before anybody can see the version that has it (I6)', async () => {
    const { writer, shared } = await open()
    const seen: boolean[] = []
    const publish = shared.publish.bind(shared)
    vi.spyOn(shared, 'publish').mockImplementation((version, changed) => {
      seen.push(shared.bans.mayHold(caller))
      publish(version, changed)
    })
    await writer.submit(ban(caller))
    await writer.submit(unban(caller))
    expect(seen).toEqual([true, false])
  })

  /** A row: the ban; then whether it keeps from anybody of t, from the callee of t, from the callee of u, from another of t. */
  it.each([
    [{}, [true, true, true, true]],
    [{ tenant: 't' }, [true, true, false, true]],
    [{ callee }, [false, true, true, false]],
    [{ callee, tenant: 't' }, [false, true, false, false]],
    [{ callee, tenant: 'u' }, [false, false, true, false]],
  ])('%j keeps from those it names', async (change, expected) => {
    const { writer, view } = await open()
    await writer.submit(ban(caller, change))
    view.refresh()
    const asked = [
      ['', 1],
      [callee, 1],
      [callee, 2],
      ['13900000002', 1],
    ] as const
    expect(asked.map(([whom, tenant]) => view.banned(caller, whom, tenant, 0))).toEqual(expected)
    expect(view.banned(callee, caller, 1, 0)).toBe(false)
  })

  it('ends at its time, however late it is swept (I9)', async () => {
    const { writer, view, time } = await open()
    await writer.submit(ban(caller, { untilMs: time.now + 1_000 }))
    view.refresh()
    expect(view.banned(caller, '', 1, time.now + 999)).toBe(true)
    expect(view.banned(caller, '', 1, time.now + 1_000)).toBe(false)
    expect(view.bans('', 10, time.now + 999).bans).toHaveLength(1)
    expect(view.bans('', 10, time.now + 1_000).bans).toEqual([])
  })

  it('made, replaced and lifted in one commit is as if each had waited for the other', async () => {
    const { writer, view, shared } = await open()
    const version = writer.version
    const answers = await Promise.all([
      writer.submit(ban(caller)),
      writer.submit(ban(caller, { reason: 'again' })),
      writer.submit(unban(caller)),
      writer.submit(unban(caller)),
      writer.submit(ban(callee)),
      writer.submit(ban(callee, { reason: 'spam' })),
    ])
    expect(answers).toMatchObject([{ ok: true }, { ok: true }, { lifted: true }, { lifted: false }, {}, {}])
    expect(writer.version).toBe(version + 1)
    view.refresh()
    expect(view.bans('', 10, 0).bans).toMatchObject([{ caller: callee, reason: 'spam' }])
    expect(shared.bans.mayHold(caller)).toBe(false)
    await writer.submit(unban(callee))
    expect(shared.bans.mayHold(callee)).toBe(false)
  })

  it('that found the disk full is not there, and can be made again', async () => {
    const { writer, view, log } = await open()
    log.fault = new StorageUnavailable('injected')
    expect(await writer.submit(ban(caller))).toMatchObject({ reason: 'STORAGE_FULL' })
    view.refresh()
    expect(view.banned(caller, '', 1, 0)).toBe(false)
    expect(await writer.submit(ban(caller))).toEqual({ ok: true })
    view.refresh()
    expect(view.banned(caller, '', 1, 0)).toBe(true)
  })
})

describe('the list of bans', () => {
  it('comes whole, page after page, each page bounded (I12)', async () => {
    const { writer, view, time } = await open()
    const callers = numbersFrom(13_800_000_000, 25)
    await Promise.all(callers.map((one) => writer.submit(ban(one))))
    await writer.submit(ban(callers[3]!, { untilMs: time.now + 1 }))
    view.refresh()
    const listed: string[] = []
    let after = ''
    do {
      const page = view.bans(after, 10, time.now + 1)
      expect(page.bans.length).toBeLessThanOrEqual(10)
      listed.push(...page.bans.map((one) => one.caller))
      after = page.next ?? ''
    } while (after !== '')
    expect(listed).toEqual(callers.filter((one) => one !== callers[3]))
    expect(view.bans('no token of ours', 10, 0).bans.length).toBeLessThanOrEqual(10)
  })
})

describe('the sweep', () => {
  it('drops the bans that ran out, of more than one look, and commands go first', async () => {
    const { writer, view, time, environment, shared } = await open()
    const many = numbersFrom(13_800_000_000, 2 * directoryLimits.bansPerLook + 10)
    for (let from = 0; from < many.length; from += 500) {
      const part = many.slice(from, from + 500)
      const untilMs = time.now + 1_000
      await Promise.all(part.map((one, i) => writer.submit(ban(one, i % 2 === 0 ? { untilMs } : {}))))
    }
    const rows = () => environment.database('ban').getKeysCount()
    await writer.sweep()
    expect(rows()).toBe(many.length)
    time.now += directoryLimits.bansSweptEveryMs
    const swept = writer.sweep()
    expect(await writer.submit(ban('999'))).toEqual({ ok: true })
    await swept
    environment.refresh()
    expect(rows()).toBe(many.length / 2 + 1)
    view.refresh()
    expect(view.banned(many[1]!, '', 1, time.now)).toBe(true)
    expect(shared.bans.mayHold(many[0]!)).toBe(false)
    const version = writer.version
    time.now += directoryLimits.bansSweptEveryMs
    await writer.sweep()
    expect(writer.version).toBe(version)
  })

  it('takes up again after a disk that was full', async () => {
    const { writer, time, environment, log, faults } = await open()
    await writer.submit(ban(caller, { untilMs: time.now + 1 }))
    time.now += directoryLimits.bansSweptEveryMs
    log.fault = new StorageUnavailable('injected')
    await writer.sweep()
    expect(faults).toHaveLength(1)
    environment.refresh()
    expect(environment.database('ban').getKeysCount()).toBe(1)
    time.now += directoryLimits.bansSweptEveryMs
    await writer.sweep()
    environment.refresh()
    expect(environment.database('ban').getKeysCount()).toBe(0)
  })
})

describe('a directory with bans', () => {
  it('opened again holds them in rows, count and filter (I5)', async () => {
    const made = await open()
    const { writer, path } = made
    await writer.submit(ban(caller, { tenant: 'u', callee, reason: 'spam', untilMs: 1_800_000_000_000 }))
    await writer.submit(ban(callee))
    await writer.submit(unban(callee))
    await writer.close()
    const shared = new SharedVersion()
    const again = await openDirectoryWriter(path, {
      shared,
      shards: 2,
      rules: [],
      clock: () => made.time.now,
      prepare: () => Promise.reject(new Error('nothing to prepare')),
      occupied: async () => 0,
      onFault: (error) => {
        throw error
      },
    })
    const { view, close } = openDirectoryView(path, shared.buffer)
    expect(view.banned(caller, callee, 2, made.time.now)).toBe(true)
    expect(view.banned(caller, callee, 1, made.time.now)).toBe(false)
    expect(shared.bans.mayHold(callee)).toBe(false)
    expect(view.bans('', 10, made.time.now).bans).toMatchObject([{ reason: 'spam', sinceMs: made.time.now }])
    await close()
    await again.close()
  })

  it('is rebuilt from its journal, byte for byte (I8)', async () => {
    const { writer, environment, time } = await open()
    for (const one of numbersFrom(13_800_000_000, 30)) {
      await writer.submit(ban(one, { reason: one, untilMs: time.now + Number(one.slice(-2)) + 1 }))
    }
    await writer.submit(ban(caller, { callee, tenant: 't', reason: 'ü' }))
    await writer.submit(unban('13800000029'))
    time.now += directoryLimits.bansSweptEveryMs
    await writer.submit(ban(callee))
    await writer.sweep()
    const rows = allRows(environment)
    expect([...rows.keys()].filter((row) => row.startsWith('ban '))).toHaveLength(2)
    const copy = await openWriter()
    opened.push(copy)
    await rebuild(environment, copy.environment, directoryRows)
    expect(allRows(copy.environment)).toEqual(rows)
  })
})
