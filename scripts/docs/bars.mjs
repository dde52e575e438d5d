const FONT = 'font-family="Helvetica,sans-Serif"'
/** For the parts of our bars, and of those of others. */
const COLORS = { ours: ['#2f6f9f', '#9cc3dd'], others: ['#7d8b99', '#c3cfda'] }
/** The width of names. Longer names make the column wider. */
const NAME_WIDTH = 200
const CHARACTER = 6.2
const BAR_WIDTH = 190
const NUMBER_WIDTH = 85
const LINE = 18
const HEAD = 56
const GAP = 24

/**
 * Draws groups of horizontal bars as an SVG. Each group has its own scale, because tables differ more than programs.
 *
 * @param {{ title: string, parts: string[], columns: number, groups: { title: string,
 *   bars: { name: string, isOurs: boolean, values: number[], note: string }[] }[] }} data
 */
export function drawBars({ title, parts, columns, groups }) {
  const bars = groups.flatMap(group => group.bars)
  const nameWidth = Math.max(NAME_WIDTH, ...bars.map(({ name }) => Math.ceil(name.length * CHARACTER)))
  const groupWidth = nameWidth + BAR_WIDTH + NUMBER_WIDTH
  const lines = Math.max(...groups.map(group => group.bars.length))
  const groupHeight = (lines + 1) * LINE + GAP
  const width = columns * (groupWidth + GAP) + GAP
  const height = HEAD + Math.ceil(groups.length / columns) * groupHeight
  const drawn = groups.map((group, at) => {
    const x = GAP + (at % columns) * (groupWidth + GAP)
    return drawGroup(group, x, HEAD + Math.floor(at / columns) * groupHeight + LINE, nameWidth)
  })
  const colors = parts.length === 1 ? '' : `Dark: ${parts[0]}, light: ${parts[1]}. `
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(GAP, 26, title, 'font-size="16" font-weight="bold"'),
    text(GAP, 44, `${colors}Shorter is better.`, 'font-size="12" fill="#555"'),
    ...drawn.flat(),
    '</svg>\n',
  ].join('\n')
}

function drawGroup({ title, bars }, x, y, nameWidth) {
  const totals = bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0))
  const scale = BAR_WIDTH / Math.max(...totals, 0.01)
  return [
    text(x, y, title, 'font-size="13" font-weight="bold"'),
    ...bars.flatMap((bar, at) => drawBar(bar, totals[at], scale, x + nameWidth, y + (at + 1) * LINE)),
  ]
}

/** @param start the left end of the bar, and the right end of its name */
function drawBar({ name, isOurs, values, note }, total, scale, start, y) {
  const colors = isOurs ? COLORS.ours : COLORS.others
  const starts = values.map((_, at) => values.slice(0, at).reduce((sum, value) => sum + value, 0))
  const label = values.length === 0 ? note : `${total.toFixed(2)} s${note === '' ? '' : `, ${note}`}`
  return [
    text(start - 6, y, name, `font-size="12" text-anchor="end"${isOurs ? ' font-weight="bold"' : ''}`),
    ...values.map(
      (value, at) =>
        `<rect x="${round(start + starts[at] * scale)}" y="${y - 10}" width="${round(value * scale)}" height="12" fill="${colors[at]}"/>`,
    ),
    text(round(start + total * scale + 5), y, label, 'font-size="11" fill="#333"'),
  ]
}

const round = value => Math.round(value * 10) / 10

const text = (x, y, content, attributes) =>
  `<text x="${x}" y="${y}" ${FONT} ${attributes}>${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`
