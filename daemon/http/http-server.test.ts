import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type HttpServer, serveHttp } from './http-server.js'
import { inTime, shared } from './in-time.js'
import { openMetrics } from './metrics-text.js'
import type { NamedCounts } from './named-counts.js'
import { type Readiness, type RouteSources, routesOf, tableRowsMax } from './routes.js'

const clock = { now: () => 1_700_000_000_000, jumped: false }
const silence = () => new Promise<never>(() => undefined)
const counts = (tenant: string): NamedCounts => ({
  pools: [],
  tenants: [{ tenant, liveBindings: 1, numbersHeld: 1, quotas: {} as NamedCounts['tenants'][number]['quotas'] }],
})

let logged: string[]
let readiness: Readiness
let server: HttpServer
let url: string
const log = (id: string) => {
  logged.push(id)
}

beforeEach(() => {
  logged = []
  readiness = { ready: true }
})
afterEach(() => server?.close())

async function serve(change: Partial<RouteSources> = {}): Promise<void> {
  const sources = {
    version: '1.2.3',
    clock,
    metrics: async () => 'm 1\n',
    counts: async () => counts('acme'),
    ready: () => readiness,
    ...change,
  }
  server = await serveHttp({ host: '127.0.0.1', port: 0 }, routesOf(sources), log)
  url = `http://127.0.0.1:${server.address.port}`
}

describe('HTTP', () => {
  test('/healthz and /readyz tell apart alive and ready', async () => {
    await serve()
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    const ready = await fetch(`${url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true }])
    readiness = { ready: false, reason: 'shard 0 is loading' }
    const loading = await fetch(`${url}/readyz?verbose`)
    expect([loading.status, await loading.json()]).toEqual([503, { ready: false, reason: 'shard 0 is loading' }])
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  test('/metrics is Prometheus text', async () => {
    await serve()
    const answer = await fetch(`${url}/metrics`)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await answer.text()).toBe('m 1\n')
  })

  test('/stats.json holds the counts, the time and whether it is ready', async () => {
    const tenants = Array.from({ length: tableRowsMax + 3 }, (_, i) => counts(`t${i}`).tenants[0]!)
    await serve({ counts: async () => ({ pools: [], tenants }) })
    const stats = (await (await fetch(`${url}/stats.json`)).json()) as Record<string, unknown>
    expect(stats).toMatchObject({ nowMs: 1_700_000_000_000, ready: true, pools: [], leftOut: 3 })
    expect(stats['tenants']).toHaveLength(tableRowsMax)
  })

  test('/stats.json says why there are no counts', async () => {
    readiness = { ready: false, reason: 'loading' }
    await serve({ counts: () => Promise.reject(new Error('no shard')) })
    const answer = await fetch(`${url}/stats.json`)
    expect([answer.status, await answer.json()]).toEqual([503, { ready: false, reason: 'loading' }])
  })

  test('the page links every path, loads nothing from elsewhere, and its policy lets exactly its own script run', async () => {
    await serve()
    const answer = await fetch(`${url}/`)
    const text = await answer.text()
    for (const path of ['/metrics', '/healthz', '/readyz', '/stats.json']) expect(text).toContain(`href="${path}"`)
    expect(text).not.toMatch(/https?:|\/\//)
    expect(text).toContain('xpoold 1.2.3')
    const policy = answer.headers.get('content-security-policy')
    for (const element of ['script', 'style']) {
      const inside = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(text)![1]!
      expect(policy).toContain(`${element}-src 'sha256-${createHash('sha256').update(inside).digest('base64')}'`)
      expect(inside.length).toBeGreaterThan(100)
    }
    const script = /<script>(.*?)<\/script>/s.exec(text)![1]!
    expect(() => new Function(script)).not.toThrow()
  })

  test('other paths, other methods and HEAD', async () => {
    await serve()
    expect((await fetch(`${url}/secret`)).status).toBe(404)
    const post = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    const head = await fetch(`${url}/metrics`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '4', ''])
  })

  test('a fault is a 500 without its text, and is logged', async () => {
    await serve({ metrics: () => Promise.reject(new Error('secret')) })
    const answer = await fetch(`${url}/metrics`)
    expect([answer.status, (await answer.text()).includes('secret'), logged]).toEqual([500, false, ['HTTP_FAILED']])
  })

  test('an address in use is told by its name', async () => {
    await serve()
    const again = serveHttp(server.address, routesOf({} as RouteSources), log)
    await expect(again).rejects.toThrow(`cannot serve HTTP on 127.0.0.1:${server.address.port}: `)
  })

  test('closes although a client holds its connection and another never finishes its request', async () => {
    await serve()
    await (await fetch(`${url}/healthz`)).text()
    const slow = connect(server.address.port, '127.0.0.1')
    slow.on('error', () => undefined)
    await new Promise((resolve) => slow.write('GET /healthz HTTP/1.1\r\n', resolve))
    await server.close()
    await expect(fetch(`${url}/healthz`)).rejects.toThrow()
    slow.destroy()
  })
})

describe('metrics of the whole daemon', () => {
  const open = (collect: () => Promise<never[]>, countsGiven: () => Promise<NamedCounts>) =>
    openMetrics({ version: '1', clock, log, collect, counts: countsGiven, timeoutMs: 20 })

  test('a silent thread and silent shards cost a warning, not the scrape', async () => {
    using metrics = open(silence, silence)
    await metrics.text()
    const text = await metrics.text()
    expect(text).toContain('xpool_scrape_failures_total{source="threads"} 2')
    expect(text).toContain('xpool_build_info{version="1",node="')
    expect(text).toContain('xpool_event_loop_lag_seconds{thread="main",quantile="1"}')
    expect(text).not.toContain('xpool_tenant_live_bindings')
    expect(logged.filter((id) => id === 'METRICS_INCOMPLETE')).toHaveLength(4)
  })

  test('no metric stands twice, and every line is well formed', async () => {
    using metrics = open(async () => [], async () => counts('acme')) // biome-ignore format: one line
    const lines = (await metrics.text()).split('\n').filter((line) => line !== '')
    const types = lines.filter((line) => line.startsWith('# TYPE'))
    expect(new Set(types).size).toBe(types.length)
    for (const line of lines) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? \S+)$/)
    expect(lines).toContain('xpool_tenant_live_bindings{tenant="acme"} 1')
  })

  test('I12 scrapes that come together are collected once', async () => {
    let collected = 0
    const work = shared(async () => {
      collected += 1
      return await new Promise<number>((resolve) => setTimeout(resolve, 20, collected))
    })
    expect(await Promise.all([work(), work(), work()])).toEqual([1, 1, 1])
    expect(await work()).toBe(2)
  })

  test('inTime passes on what comes in time, and its faults', async () => {
    expect(await inTime(Promise.resolve(1), 1_000, 'x')).toBe(1)
    await expect(inTime(Promise.reject(new Error('no')), 1_000, 'x')).rejects.toThrow('no')
    await expect(inTime(silence(), 5, 'threads')).rejects.toThrow('threads: no answer in 5 ms')
  })
})
