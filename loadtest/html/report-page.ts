/** The report of a load test as one page: what a person shows to a colleague. */

import { loopOf, type Report, whole } from '../report.js'
import { isSound } from '../run.js'
import { kinds } from '../step.js'
import { escaped } from './escaped.js'
import { linePlot, type Point, type Series } from './line-plot.js'
import { page, section, table, tiles, words } from './page.js'
import { quantity } from './quantity.js'

/** @returns a whole page, self-contained */
export function renderReport(report: Report): string {
  const { options } = report
  const title = `xpool load test: ${options.workload}`
  const live = `${whole(options.live)} live bindings`
  const head = `<h1>${escaped(title)}</h1>\n<p class="soft">${escaped(`${options.mode}, ${loopOf(report)}, ${live}`)}</p>`
  const body = [head, verdict(report), figures(report), percentiles(report), throughput(report), overTime(report)]
  return page(title, [...body, latencies(report), settings(report)].join('\n'))
}

function verdict(report: Report): string {
  const [colour, said] = isSound(report) ? ['s2', 'sound: every answer was right'] : ['s1', unsoundness(report)]
  return `<p><span class="verdict ${colour}">${escaped(said)}</span></p>`
}

function unsoundness({ overrun }: Report): string {
  return overrun > 0 ? 'the rate was not held' : 'too much was refused, or nothing was done'
}

function figures(report: Report): string {
  const [first] = stepKinds(report)
  const main = first === undefined ? undefined : report.latency[first]
  const refused = Object.values(report.refused).reduce((sum, count) => sum + count, 0)
  return tiles([
    [`${quantity(report.itemsPerSecond, '/s')}`, 'items answered'],
    ...(main === undefined
      ? []
      : ([
          [quantity(main.p50Us, 'us'), `${stepName(first!, report)}, p50`],
          [quantity(main.p99Us, 'us'), 'p99'],
          [quantity(main.p999Us, 'us'), 'p99.9'],
        ] as const)),
    ...(report.serverCpuUsPerItem === undefined
      ? []
      : ([[quantity(report.serverCpuUsPerItem, 'us'), 'server CPU per item']] as const)),
    [whole(refused), 'refused'],
    ...(report.options.rate === 0 ? [] : ([[whole(report.overrun), 'due, not sent']] as const)),
  ])
}

/** What a latency is of: a call, or a batch of so many. */
function stepName(kind: string, { options: { mode, batch } }: Report): string {
  return mode === 'stream' ? `${kind} ×${batch}` : kind
}

/** In the same order, hence with the same colour, in every plot. */
const order: readonly string[] = ['resolve', 'allocate', 'release', 'churn', 'report', 'overrun']

function colourOf(kind: string): number {
  return order.indexOf(kind)
}

function stepKinds(report: Report): string[] {
  return Object.keys(report.latency).sort((a, b) => colourOf(a) - colourOf(b))
}

function percentiles(report: Report): string {
  const series = stepKinds(report).map((kind) => {
    return { name: stepName(kind, report), points: report.percentiles[kind] ?? [], colour: colourOf(kind) }
  })
  const since = report.options.rate > 0 ? 'From the moment a step was due.' : 'From the moment a step was sent.'
  const plot = linePlot({
    title: 'Latency by percentile',
    x: { label: 'percentile', unit: '', scale: 'percentile', text: (nines) => `${percent(nines)} %` },
    y: { label: '', unit: 'us', scale: 'log' },
    series,
  })
  return section('Latency by percentile', `${since} To the right each step has one tenth of the samples left.`, plot)
}

function percent(nines: number): string {
  const digits = Math.max(1, Math.ceil(nines))
  return String(Number(((1 - 10 ** -nines) * 100).toFixed(Math.min(7, digits))))
}

/** The last interval may be a moment only, of which a rate says nothing. */
function wholeIntervals({ intervals, intervalSeconds, options: { seconds } }: Report) {
  const within = intervals.filter(({ atSeconds }) => atSeconds + intervalSeconds <= seconds + 1e-6)
  return within.length === 0 ? intervals.slice(0, 1) : within
}

const interval = (report: Report): string => (report.intervalSeconds === 1 ? 'second' : `${report.intervalSeconds} s`)

function throughput(report: Report): string {
  const shown = wholeIntervals(report)
  const series: Series[] = kinds
    .filter((kind) => report.perSecond[kind] > 0)
    .map((kind) => ({
      name: kind,
      points: shown.map((one): Point => [one.atSeconds, one.perSecond[kind]]),
      colour: colourOf(kind),
    }))
  if (report.overrun > 0) {
    const rate = (count: number): number => count / report.intervalSeconds
    series.push({
      name: 'due, not sent',
      points: shown.map((one): Point => [one.atSeconds, rate(one.overrun)]),
      colour: colourOf('overrun'),
    })
  }
  const plot = linePlot({
    title: 'Throughput over time',
    x: { label: '', unit: 's', scale: 'linear' },
    y: { label: '', unit: '/s', scale: 'linear' },
    series,
  })
  return section('Throughput over time', `Items answered in each ${interval(report)}.`, plot)
}

function overTime(report: Report): string {
  const shown = wholeIntervals(report)
  const series = stepKinds(report).flatMap((kind) =>
    (['p50', 'p99'] as const).map((at): Series => {
      const points = shown.flatMap((one): Point[] => {
        const found = one.latency[kind]
        return found === undefined ? [] : [[one.atSeconds, at === 'p50' ? found.p50Us : found.p99Us]]
      })
      return { name: `${stepName(kind, report)} ${at}`, points, colour: colourOf(kind), dashed: at === 'p50' }
    }),
  )
  const plot = linePlot({
    title: 'Latency over time',
    x: { label: '', unit: 's', scale: 'linear' },
    y: { label: '', unit: 'us', scale: 'log' },
    series,
  })
  return section(
    'Latency over time',
    `Of what was due in each ${interval(report)}; p99 is the whole line, p50 the dashed one.`,
    plot,
  )
}

function latencies(report: Report): string {
  const rows = stepKinds(report)
    .map((kind) => [kind, report.latency[kind]!] as const)
    .map(([kind, one]) => [
      stepName(kind, report),
      whole(one.count),
      ...[one.p50Us, one.p90Us, one.p99Us, one.p999Us, one.maxUs].map((us) => quantity(us, 'us')),
    ])
  const refused = Object.entries(report.refused).map(([reason, count]) => [reason, whole(count)])
  const told = refused.length === 0 ? '' : table([['refused', 'items'], ...refused])
  return section('Figures', '', table([['step', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max'], ...rows]) + told)
}

function settings(report: Report): string {
  const { machine, options: chosen } = report
  const rows: [string, string][] = [
    ['machine', `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}`],
    ['Node', machine.node],
    ['commit of the client', machine.commit ?? 'not known'],
    ['load', loopOf(report)],
    ['measured', `${report.seconds.toFixed(1)} s after ${chosen.warmup} s of warm-up`],
    [
      'clients',
      `${chosen.processes} processes, ${chosen.connections} connections, the busiest at ${Math.round(report.clientCpuShare * 100)} % of a core`,
    ],
    [
      'bindings',
      `${whole(chosen.live)} live on ${whole(chosen.numbers)} numbers, made at ${whole(report.fillPerSecond)}/s`,
    ],
    ['seed', String(chosen.seed)],
  ]
  if (report.sendLag !== undefined) {
    rows.push([
      'client sent late by',
      `p50 ${quantity(report.sendLag.p50Us, 'us')}, p99 ${quantity(report.sendLag.p99Us, 'us')}`,
    ])
  }
  const others = (['cooldownMs', 'expiring', 'ttlMs', 'strangers', 'reports'] as const).map(
    (name) => `${name} ${chosen[name]}`,
  )
  return section('Settings', '', words([...rows, ['others', others.join(', ')]]))
}
