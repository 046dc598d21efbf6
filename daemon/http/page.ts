/**
 * The operator's page: one file without anything from elsewhere, so that it
 * works on a machine with no way out. Names of pools and tenants reach it as
 * text, never as markup.
 */
import { createHash } from 'node:crypto'

/** The page asks for fresh counts this often, while somebody looks at it. */
const refreshMs = 2_000

const style = `
:root { color-scheme: light dark; --line: light-dark(#d8dde3, #343b44); --soft: light-dark(#5b6672, #9aa6b2);
  --bar: light-dark(#2f6fde, #6fa3ff); --bad: light-dark(#b3261e, #ff8a80); --card: light-dark(#ffffff, #1b2027); }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; font: 15px/1.5 system-ui, sans-serif;
  background: light-dark(#f5f6f8, #12161b); color: light-dark(#1b2027, #e6eaef); }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .5rem 1.5rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 1.8rem 0 .5rem; }
nav a { margin-right: 1rem; color: var(--bar); }
#state { color: var(--soft); } #state.bad { color: var(--bad); font-weight: 600; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem .8rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
tr:last-child td { border-bottom: 0; } th { color: var(--soft); font-weight: 500; }
th:first-child, td:first-child { text-align: left; }
meter { width: 6rem; height: .8rem; vertical-align: middle; }
.none { padding: .8rem; color: var(--soft); }
`

const script = `
const place = (id) => document.getElementById(id)
const number = (value) => value === undefined ? '' : value.toLocaleString('en')
function use(part, whole) {
  if (whole === undefined) return number(part)
  const cell = document.createElement('span'), meter = document.createElement('meter')
  meter.max = Math.max(whole, 1)
  meter.value = part
  cell.append(number(part) + ' / ' + number(whole) + ' ', meter)
  return cell
}
function table(id, heads, rows) {
  if (rows.length === 0) return place(id).replaceChildren(Object.assign(document.createElement('div'), { className: 'none', textContent: 'none yet' }))
  const made = document.createElement('table'), head = made.createTHead().insertRow(), body = made.createTBody()
  for (const text of heads) head.append(Object.assign(document.createElement('th'), { textContent: text }))
  for (const row of rows) { const line = body.insertRow(); for (const cell of row) line.insertCell().append(cell) }
  place(id).replaceChildren(made)
}
function show(stats) {
  table('pools', ['pool', 'free numbers', 'in use', 'cooling', 'out of service', 'live bindings / capacity', 'cooling bindings'],
    stats.pools.map((p) => [p.pool, number(p.freeNumbers), number(p.inUseNumbers), number(p.coolingNumbers),
      number(p.outOfServiceNumbers), use(p.liveBindings, p.capacity), number(p.coolingBindings)]))
  table('tenants', ['tenant', 'live bindings / quota', 'numbers held / quota', 'allocations per second at most'],
    stats.tenants.map((t) => [t.tenant, use(t.liveBindings, t.quotas.liveBindings), use(t.numbersHeld, t.quotas.numbersHeld),
      number(t.quotas.allocationsPerSecond)]))
  place('more').textContent = stats.leftOut > 0 ? number(stats.leftOut) + ' more pools and tenants are not shown here.' : ''
}
function state(text, bad) { place('state').textContent = text; place('state').className = bad ? 'bad' : '' }
async function refresh() {
  if (document.hidden) return
  try {
    const answer = await fetch('/stats.json')
    const stats = await answer.json()
    if (!answer.ok) return state('no counts: ' + stats.reason, true)
    show(stats)
    state(stats.ready ? 'ready, ' + new Date(stats.nowMs).toLocaleTimeString() : 'not ready: ' + stats.reason, !stats.ready)
  } catch { state('the daemon does not answer', true) }
}
refresh()
setInterval(refresh, ${refreshMs})
document.addEventListener('visibilitychange', refresh)
`

/** @param version of the daemon */
export function operatorPage(version: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>xpoold</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header><h1>xpoold ${version}</h1>
<nav><a href="/metrics">metrics</a><a href="/healthz">healthz</a><a href="/readyz">readyz</a><a href="/stats.json">stats.json</a></nav>
<span id="state" role="status">asking</span></header>
<main>
<h2>Pools</h2><div id="pools" class="scroll"></div>
<h2>Tenants</h2><div id="tenants" class="scroll"></div>
<p id="more"></p>
</main>
<noscript>The tables need a script; the same counts are at /stats.json.</noscript>
<script>${script}</script>
</body>
</html>
`
}

/** Nothing but this very style and script, and requests to this very server. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src '${digest(style)}'`,
  `script-src '${digest(script)}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
