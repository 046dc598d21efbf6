/**
 * Colours of series, for light and dark. The hues are those that people with any
 * of the usual kinds of colour blindness tell apart (blue, vermilion, green,
 * purple, ochre, grey), darker or lighter than on paper so that a line of 2
 * pixels has a contrast of 3:1 at least on its ground. From the seventh series
 * on the colours come again, with dashes.
 */

interface Shades {
  readonly light: string
  readonly dark: string
}

const series: readonly Shades[] = [
  { light: '#0067a8', dark: '#5ab4f0' },
  { light: '#c85200', dark: '#ff9557' },
  { light: '#00795a', dark: '#3cc99b' },
  { light: '#a03a76', dark: '#ee9ac8' },
  { light: '#806300', dark: '#e8c04a' },
  { light: '#55595f', dark: '#b8bcc4' },
]

const ground = {
  light: { page: '#f6f7f9', card: '#ffffff', ink: '#16181d', soft: '#5a606b', grid: '#e3e6eb', edge: '#d5d9e0' },
  dark: { page: '#101216', card: '#181b21', ink: '#eceef2', soft: '#a3aab6', grid: '#2a2f38', edge: '#333944' },
} as const

const dashes = ['', '7 4', '2 4', '9 3 2 3'] as const

/** Class names of the series at this place. */
export function seriesClass(index: number): string {
  return `s${index % series.length}`
}

/** Dashes tell apart what has the same colour; empty: a whole line. */
export function strokeDash({ colour, dashed }: { readonly colour: number; readonly dashed?: boolean }): string {
  const round = Math.floor(colour / series.length) + (dashed === true ? 1 : 0)
  return dashes[round % dashes.length]!
}

export function paletteCss(): string {
  return [
    `:root{color-scheme:light dark;${variables('light')}}`,
    `@media(prefers-color-scheme:dark){:root{${variables('dark')}}}`,
    ...series.map((_, index) => `.s${index}{--c:var(--c${index})}`),
  ].join('\n')
}

function variables(theme: 'light' | 'dark'): string {
  const plain = Object.entries(ground[theme]).map(([name, value]) => `--${name}:${value}`)
  return [...plain, ...series.map((shades, index) => `--c${index}:${shades[theme]}`)].join(';')
}
