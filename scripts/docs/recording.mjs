// Records docs/pictures/demo.cast from a real run of the commands below, and draws demo.svg from it:
// `node scripts/docs/recording.mjs`. With --draw it only draws. The cast is an asciicast, which `asciinema play` plays:
// https://docs.asciinema.org/manual/asciicast/v2/
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const COMMANDS = [
  `cat > report.sql <<'SQL'
CREATE OR REPLACE TABLE orders AS
  SELECT i AS id, i % 7 AS shop, (i * 1.5)::DECIMAL(10,2) AS amount FROM range(1000000) t(i);
SELECT * FROM orders INTO OUTFILE S3 's3://reports/output/orders' FORMAT PARQUET OVERWRITE ON;
SQL`,
  'batchquery run report.sql --bucket reports --run-id monthly',
  'batchquery verify monthly --bucket reports',
  `batchquery query "SELECT shop, sum(amount) AS total FROM './.batchquery/store/reports/output/orders.part_*.parquet' GROUP BY shop ORDER BY shop LIMIT 3"`,
]
const COLUMNS = 110
const ROWS = 26
/** Seconds between two characters that a person types, before a command starts, and at the end. */
const TYPING = 0.02
const PAUSE = 0.6
const END = 5
/** Pixels. */
const LINE = 18
const CHARACTER = 8.4
const MARGIN = 14

const folder = join(import.meta.dirname, '../../docs/pictures')
if (!process.argv.includes('--draw')) await writeFile(join(folder, 'demo.cast'), await record())
await writeFile(join(folder, 'demo.svg'), draw(await readFile(join(folder, 'demo.cast'), 'utf8')))

async function record() {
  const home = await mkdtemp(join(tmpdir(), 'batchquery-recording-'))
  const program = join(import.meta.dirname, '../../packages/batchquery/bin/batchquery.js')
  await symlink(program, join(home, 'batchquery'))
  const events = []
  let at = 0
  const add = text => events.push([Number(at.toFixed(3)), 'o', text.replaceAll('\n', '\r\n')])
  try {
    for (const command of COMMANDS) {
      add('$ ')
      for (const character of command) {
        at += TYPING
        add(character)
      }
      at += PAUSE
      add('\n')
      const started = performance.now()
      const before = at
      await run(command, home, text => {
        at = before + (performance.now() - started) / 1000
        add(text.replaceAll(home, '~'))
      })
      at += PAUSE
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
  const header = { version: 2, width: COLUMNS, height: ROWS, title: 'batchquery' }
  return `${[header, ...events].map(line => JSON.stringify(line)).join('\n')}\n`
}

function run(command, home, take) {
  const child = spawn('bash', ['-c', command], {
    cwd: home,
    env: { PATH: `${home}:${process.env.PATH}`, HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))))
  })
}

/** Every line appears at the time of its first character, and the picture scrolls like a terminal. */
function draw(cast) {
  const [header, ...events] = cast
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const lines = linesOf(events, header.width)
  const seconds = events.at(-1)[0] + END
  const width = header.width * CHARACTER + 2 * MARGIN
  const height = header.height * LINE + 2 * MARGIN
  const percent = at => `${((100 * at) / seconds).toFixed(2)}%`
  const appear = lines.map(({ at }, index) => {
    const name = `a${index}`
    return `@keyframes ${name}{0%,${percent(at)}{opacity:0}${percent(at + 0.001)},100%{opacity:1}}.${name}{animation:${name} ${seconds.toFixed(1)}s step-end infinite}`
  })
  const scrolls = lines.flatMap(({ at }, index) =>
    index < header.height
      ? []
      : [`${percent(at)}{transform:translateY(${-(index - header.height + 1) * LINE}px)}`],
  )
  const style = [
    'text{font:14px ui-monospace,Menlo,Consolas,monospace;fill:#d7dde4;white-space:pre}',
    '.typed{fill:#8fd3a6}',
    `@keyframes scroll{0%{transform:translateY(0)}${scrolls.join('')}}`,
    `.all{animation:scroll ${seconds.toFixed(1)}s step-end infinite}`,
    '@media (prefers-reduced-motion:reduce){*{animation:none!important}}',
    ...appear,
  ].join('\n')
  const texts = lines.map(
    ({ text }, index) =>
      `<text class="a${index}${text.startsWith('$ ') ? ' typed' : ''}" x="${MARGIN}" y="${MARGIN + (index + 1) * LINE - 5}">${escaped(text)}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="A recording of batchquery: a task is run, verified, and its Parquet file is queried">
<style>${style}</style>
<rect width="${width}" height="${height}" rx="8" fill="#1d232b"/>
<clipPath id="screen"><rect x="0" y="${MARGIN}" width="${width}" height="${height - 2 * MARGIN}"/></clipPath>
<g clip-path="url(#screen)"><g class="all">
${texts.join('\n')}
</g></g>
</svg>
`
}

/** The lines of the screen, with the time at which each began. A long line continues on the next one. */
function linesOf(events, width) {
  const lines = []
  let line = null
  for (const [at, , data] of events)
    for (const character of data.replaceAll('\r', '')) {
      line ??= { at, text: '' }
      if (character !== '\n' && line.text.length < width) {
        line.text += character
        continue
      }
      lines.push(line)
      line = character === '\n' ? null : { at, text: character }
    }
  return line === null ? lines : [...lines, line]
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
