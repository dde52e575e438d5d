// Draws every .dot and every .json file (bars) of docs/pictures as an SVG next to it. With --check it draws nothing, prints the names of
// outdated pictures, and exits with 1 if there are any.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { instance } from '@viz-js/viz'
import { drawBars } from './bars.mjs'

const folder = join(import.meta.dirname, '../../docs/pictures')
const isCheck = process.argv.includes('--check')
const graphviz = await instance()

for (const name of readdirSync(folder).filter(file => /\.(dot|json)$/.test(file))) {
  const picture = join(folder, name.replace(/(dot|json)$/, 'svg'))
  const source = readFileSync(join(folder, name), 'utf8')
  const drawn = name.endsWith('.dot')
    ? graphviz.renderString(source, { format: 'svg' })
    : drawBars(JSON.parse(source))
  if (!isCheck) writeFileSync(picture, drawn)
  else if (read(picture) !== drawn) {
    process.stdout.write(`${name} has changed: run \`npm run docs\`\n`)
    process.exitCode = 1
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
