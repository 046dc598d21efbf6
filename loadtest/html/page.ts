/** One self-contained page: no script, no address to load from, light and dark as the reader's screen asks. */
import { escaped } from './escaped.js'
import { paletteCss } from './palette.js'

const css = `
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:960px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:26px;line-height:1.25;margin:0 0 6px;text-wrap:balance}
h2{font-size:17px;margin:0 0 2px}
p{margin:0 0 12px}
.soft{color:var(--soft)}
section{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:18px 20px;margin:18px 0 0}
.plot{display:block;width:100%;height:auto;margin-top:8px;overflow:visible}
.plot text{font:12.5px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--soft)}
.plot .label{fill:var(--ink)}
.plot .axis{fill:var(--soft)}
.grid{stroke:var(--grid)}.mark{stroke:var(--soft);stroke-opacity:.6}
.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.lead{fill:none;stroke:var(--c);stroke-width:1;stroke-opacity:.75}
.dot{fill:var(--c);stroke:var(--card);stroke-width:1.5}
.hover{fill:transparent}.hover:hover{fill:var(--ink);fill-opacity:.06}
.narrow{display:none}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin-top:8px;font-size:13.5px}
.legend span{display:inline-flex;align-items:center;gap:7px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:10px;margin:18px 0 0}
.tiles div{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:12px 14px}
.tiles b{display:block;font-size:21px;line-height:1.25;font-variant-numeric:tabular-nums;white-space:nowrap}
.tiles span{color:var(--soft);font-size:13px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}
th,td{padding:6px 10px;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
th{color:var(--soft);font-weight:500}
th:first-child,td:first-child{text-align:left;padding-left:0}
table.words td{text-align:left;white-space:normal}
table.words td:first-child{color:var(--soft);width:34%}
tr:last-child td{border-bottom:0}
.verdict{display:inline-block;border-radius:999px;padding:1px 11px;border:1px solid var(--c);font-size:13.5px;color:var(--c)}
code{font:13px ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
@media(max-width:640px){main{padding:18px 12px 32px}section{padding:14px 12px}h1{font-size:22px}.wide{display:none}.narrow{display:block}table{font-size:13px}th,td{padding:5px 7px}}
@media(min-width:641px){.legend.spare{display:none}}
@media print{body{background:#fff}section{break-inside:avoid}}`

/** @param body markup; what came from outside in it has been escaped */
export function page(title: string, body: string): string {
  return (
    `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n` +
    `<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>${escaped(title)}</title>\n` +
    `<style>\n${paletteCss()}${css}\n</style>\n</head>\n<body>\n<main>\n${body}\n</main>\n</body>\n</html>\n`
  )
}

export function section(title: string, note: string, body: string): string {
  const said = note === '' ? '' : `<p class="soft">${escaped(note)}</p>`
  return `<section>\n<h2>${escaped(title)}</h2>\n${said}${body}\n</section>`
}

/** The first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head, ...rest] = rows
  const cells = (row: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<div class="scroll"><table><thead>${cells(head ?? [], 'th')}</thead><tbody>${rest.map((row) => cells(row, 'td')).join('')}</tbody></table></div>`
}

/** A word and what it stands for, a row each. */
export function words(rows: readonly (readonly [string, string])[]): string {
  const body = rows.map(([word, said]) => `<tr><td>${escaped(word)}</td><td>${escaped(said)}</td></tr>`)
  return `<table class="words"><tbody>${body.join('')}</tbody></table>`
}

export function tiles(figures: readonly (readonly [figure: string, what: string])[]): string {
  const each = figures.map(([figure, what]) => `<div><b>${escaped(figure)}</b><span>${escaped(what)}</span></div>`)
  return `<div class="tiles">${each.join('')}</div>`
}
