/** The tables of docs/modes.md, every row over gRPC against a running daemon. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { XpoolClient } from '../../daemon/client/client.js'
import { Outcome } from '../../daemon/generated/xpool/v1/resolution.js'
import { Mode, Unmatched } from '../../daemon/generated/xpool/v1/types.js'
import { type Daemon, dataFolder, removeFolder, startDaemon } from './daemon.js'
import { type Cells, listed, readChapters } from './mode-tables.js'
import { Scene } from './scene.js'
import { allocate, lend, nowOf, party, person, refused, ttl, untilTime, type Wanted } from './world.js'

const hourMs = 3_600_000
const moments = ['booked', 'live', 'grace', 'cooling', 'free'] as const
type Moment = (typeof moments)[number]

const chapters = readChapters()
const chapter = (title: string) => chapters.find((one) => one.title === title)!
const tables = chapters.filter(({ asked }) => 'mode' in asked)
const at = (rows: readonly Cells[], moment: string) =>
  rows.filter((row) => listed(row['when'] ?? row['moment']!).includes(moment))

let data: string
let daemon: Daemon
let client: XpoolClient
let other: XpoolClient

beforeAll(async () => {
  data = await dataFolder()
  daemon = await startDaemon(data, ['--gateways', '2'])
  client = daemon.connect()
  other = daemon.connect()
})

afterAll(async () => {
  await daemon?.stop()
  await removeFolder(data)
})

test('the page has a table for every mode, and each speaks of every moment', () => {
  const modes = Object.keys(Mode).filter((name) => /^MODE_A/.test(name))
  expect(tables.map(({ asked }) => asked['mode'])).toEqual(modes)
  for (const { title, rows } of tables) {
    expect([title, moments.filter((moment) => at(rows, moment).length === 0)]).toEqual([title, []])
  }
})

/** A binding that is brought to the moment by what was asked for, not by waiting, and stays there. */
async function bringTo(scene: Scene, wanted: Wanted, moment: Moment): Promise<void> {
  if (moment === 'booked') {
    await scene.bind({ ...wanted, startMs: (await nowOf(client)) + hourMs })
    return
  }
  const graceMs = { live: hourMs, grace: hourMs, cooling: 1, free: 0 }[moment]
  const binding = await scene.bind({ ...wanted, graceMs, cooldownMs: moment === 'free' ? 0 : hourMs })
  if (moment === 'live') return
  const { endMs } = await scene.release(binding)
  await untilTime(client, endMs + (moment === 'cooling' ? 1 : 0))
}

describe.each(tables)('$title', ({ title, asked, rows }) => {
  test.each(moments)('I2: every row of the table holds when it is %s', async (moment) => {
    const scene = await Scene.open(client, other)
    await bringTo(scene, scene.request(asked), moment)
    await scene.holds(at(rows, moment))
  })

  test('a voice menu is told how many digits to collect, and nobody else is', async () => {
    const scene = await Scene.open(client, other, { pool: { extensionDigits: 6 } })
    await scene.bind(scene.request(asked))
    const answer = await other.resolve({ number: scene.is('X'), caller: scene.is('stranger') })
    expect(answer.outcome === Outcome.OUTCOME_COLLECT_EXTENSION).toBe(title === 'AXE')
    expect(answer.extensionDigits).toBe(title === 'AXE' ? 6 : 0)
    expect(scene.is('E')).toHaveLength(title === 'AXE' ? 6 : 0)
  })
})

test.concurrent.each(tables)(
  'I9: one binding goes through all of the table of $title in time',
  async ({ asked, rows }) => {
    const scene = await Scene.open(client, other)
    const [graceMs, cooldownMs] = [700, 1_400]
    const startMs = (await nowOf(client)) + 1_000
    const endMs = startMs + 700
    await scene.bind({ ...scene.request(asked), startMs, expiry: ttl(700), graceMs, cooldownMs })
    const momentOf = (now: number): Moment => {
      if (now < startMs) return 'booked'
      if (now < endMs) return 'live'
      if (now < endMs + graceMs) return 'grace'
      return now < endMs + cooldownMs ? 'cooling' : 'free'
    }
    const seen = new Set<Moment>()
    while (!seen.has('free')) {
      const before = momentOf(await nowOf(client))
      const held = await scene.holds(at(rows, before)).then(
        () => undefined,
        (error: unknown) => error,
      )
      // Asked across a change: neither table binds.
      if (momentOf(await nowOf(client)) !== before) continue
      expect(held).toBeUndefined()
      seen.add(before)
      await pause(20)
    }
    expect([...seen]).toEqual(moments)
  },
)

describe('Call-back', () => {
  const { rows } = chapter('Call-back')
  const cases = rows.flatMap((row) => listed(row['modes']!).map((mode) => ({ mode, row, named: named(row) })))

  test.concurrent.each(cases)('$mode, $named', async ({ mode, row }) => {
    const scene = await Scene.open(client, other)
    const { asked } = chapter(mode)
    const members = mode === 'AXG' ? { members: 'S T' } : {}
    const options = { ...asked, ...members, callback: `CALLBACK_${row['callback']}` }
    const fixed = row['callback'] === 'FIXED'
    const callbackWindowMs = row['callers before']!.includes('pause') ? 400 : hourMs
    const callbackNumber = fixed ? scene.is('F') : undefined
    const binding = await scene.bind({ ...scene.request(options), callbackNumber, callbackWindowMs })
    for (const [i, event] of listed(row['callers before']!).entries()) {
      if (event === 'pause') await untilTime(client, (await nowOf(client)) + callbackWindowMs)
      else if (event === 'another A') {
        scene.cast.set('A', person())
        await client.update({ bindingId: binding.bindingId, a: party(scene.is('A')) })
      } else await scene.report(binding, `call-${i}`, 'CALL_PHASE_STARTED', event)
    }
    await scene.holds([row])
  })

  function named(row: Cells): string {
    return `${row['callback']} after ${row['callers before'] || 'nobody'}: ${row['outcome']} ${row['callee']}`
  }
})

/** How each hard case of the page is brought about: what is done before the rows of a moment are asked. */
type Script = (scene: Scene) => Readonly<Record<string, () => Promise<unknown>>>

const scripts: Readonly<Record<string, Script>> = {
  'A resident dials an extension of the same number': (scene) => {
    const residence = (a: string, extension: string, callback: string) =>
      scene.bind({
        ...scene.request({ mode: 'MODE_AXE', a, callback: 'CALLBACK_FIXED', callback_number: callback }),
        extension,
      })
    let second: Awaited<ReturnType<typeof residence>>
    return {
      'both live': async () => {
        second = await residence('C', '2222', 'G')
        await residence('A', '1111', 'F')
        scene.cast.set('E2', second.extension)
        expect(second.number).toBe(scene.is('X'))
      },
      "C's has ended": () => scene.release(second),
    }
  },
  'A cooling reservation beside a later booking': (scene) => {
    let freeMs = 0
    const startMs = () => freeMs + 1_500
    return {
      'the first cools': async () => {
        const first = await scene.bind({ cooldownMs: 1_500 })
        freeMs = (await scene.release(first)).cooldownUntilMs
        await scene.bind({ b: party(scene.is('C')), startMs: startMs() })
      },
      'the first is free': () => untilTime(client, freeMs),
      'the booking has begun': () => untilTime(client, startMs()),
    }
  },
  'A take-over inside a grace': (scene) => {
    let second: Awaited<ReturnType<Scene['bind']>>
    return {
      'in grace': async () => scene.release(await scene.bind({ graceMs: hourMs })),
      'taken over': async () => {
        const former = scene.is('X')
        second = await scene.bind()
        expect(second.number).toBe(former)
      },
      'the second has ended': () => scene.release(second),
    }
  },
  'A booking that takes over a grace': (scene) => {
    let startMs = 0
    return {
      booked: async () => {
        const { number } = await scene.release(await scene.bind({ graceMs: hourMs }))
        startMs = (await nowOf(client)) + 1_500
        await scene.bind({ startMs, number })
      },
      begun: () => untilTime(client, startMs),
    }
  },
  'An Update of a party during a call': (scene) => {
    let binding: Awaited<ReturnType<Scene['bind']>>
    const withFormer = () => allocate(client, scene.wanted({ a: party(scene.is('B')), b: party(scene.is('D')) }))
    return {
      'during the call': async () => {
        binding = await scene.bind({ cooldownMs: 0 })
        await scene.report(binding, 'c1', 'CALL_PHASE_STARTED', 'A')
      },
      updated: async () => {
        await client.update({ bindingId: binding.bindingId, b: party(scene.is('C')) })
        expect(await refused(withFormer())).toBe('RESOURCE_EXHAUSTED POOL_EXHAUSTED')
      },
      'after the hang-up': () => scene.report(binding, 'c1', 'CALL_PHASE_ENDED', 'A', true),
    }
  },
  'A booking that meets a call that overruns': (scene) => {
    let first: Awaited<ReturnType<Scene['bind']>>
    const startMs = () => first.endMs + 1_500
    return {
      'during the call': async () => {
        first = await scene.bind({ expiry: ttl(1_500), cooldownMs: 0 })
        await scene.bind({ b: party(scene.is('C')), startMs: startMs(), cooldownMs: 0 })
        await scene.report(first, 'c1', 'CALL_PHASE_STARTED', 'A')
      },
      'past the end': () => untilTime(client, first.endMs),
      'the booking has begun': () => untilTime(client, startMs()),
      'after the hang-up': () => scene.report(first, 'c1', 'CALL_PHASE_ENDED', 'A', true),
    }
  },
  'A fixed call-back number that rings back': (scene) => {
    let binding: Awaited<ReturnType<Scene['bind']>>
    return {
      live: async () => {
        binding = await scene.bind(scene.request(chapter('AXG').asked))
      },
      'another number': () => client.update({ bindingId: binding.bindingId, callbackNumber: scene.is('G') }),
    }
  },
  'A withheld caller before LAST_CALLER': (scene) => {
    let binding: Awaited<ReturnType<Scene['bind']>>
    return {
      'S has called': async () => {
        binding = await scene.bind(scene.request({ mode: 'MODE_AX', a: 'A', callback: 'CALLBACK_LAST_CALLER' }))
        await scene.report(binding, 'c1', 'CALL_PHASE_STARTED', 'S')
      },
      'then a withheld caller': () => scene.report(binding, 'c2', 'CALL_PHASE_STARTED', 'withheld'),
      'then S again': () => scene.report(binding, 'c3', 'CALL_PHASE_STARTED', 'S'),
    }
  },
  'A former party': (scene) => {
    let second: Awaited<ReturnType<Scene['bind']>>
    return {
      'lent again': async () => {
        await scene.release(await scene.bind())
        second = await scene.bind({ a: party(scene.is('C')), b: party(scene.is('D')) })
      },
      'the second has ended': () => scene.release(second),
    }
  },
}

describe('Hard cases', () => {
  const hard = chapters.slice(chapters.findIndex(({ title }) => title === 'Hard cases') + 1)

  test('the page and the scripts are of the same cases', () => {
    expect(hard.map(({ title }) => title)).toEqual(Object.keys(scripts))
  })

  test.concurrent.each(hard)('I1 I2: $title', async ({ title, rows }) => {
    const scene = await Scene.open(client, other, { numbers: 1 })
    const script = scripts[title]!(scene)
    expect([...new Set(rows.map((row) => row['moment']))]).toEqual(Object.keys(script))
    for (const [moment, act] of Object.entries(script)) {
      await act()
      await scene.holds(at(rows, moment))
    }
  })
})

test('a row that were wrong would fail', async () => {
  const scene = await Scene.open(client, other)
  await scene.bind(scene.request(chapter('AXB').asked))
  const row = at(chapter('AXB').rows, 'live')[0]!
  await expect(scene.holds([{ ...row, callee: 'A' }])).rejects.toThrow()
  await scene.holds([row])
})

test('an unknown caller reaches the fallback in every mode where the tables say NO_BINDING', async () => {
  for (const { asked, rows } of tables) {
    const lent = await lend(client, { pool: { unmatched: Unmatched.UNMATCHED_FALLBACK, fallbackNumber: person() } })
    const scene = new Scene(client, other, lent)
    scene.cast.set('fallback', (await client.getPool({ name: lent.pool })).pool!.fallbackNumber!)
    await bringTo(scene, scene.request(asked), 'cooling')
    const unmatched = at(rows, 'cooling').filter(({ reason }) => reason === 'NO_BINDING')
    await scene.holds(
      unmatched.map((row) => ({ ...row, outcome: 'FALLBACK', reason: '', callee: 'fallback', display: '' })),
    )
  }
})
