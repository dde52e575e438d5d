// Writes the manual pages that `batchquery help TOPIC` prints: pages of docs/ as text of 80 columns, in
// packages/batchquery/dist/manual. Part of `npm run build`.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lexer } from 'marked'
import { TOPICS } from '../../packages/batchquery/dist/platform/manual.js'

const COLUMNS = 80
const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'packages/batchquery/dist/manual')

await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
for (const topic of TOPICS.keys()) {
  if (topic === 'exit-codes') continue
  const page = await readFile(join(root, 'docs', `${topic}.md`), 'utf8')
  await writeFile(join(folder, `${topic}.txt`), textOf(page))
}

function textOf(markdown) {
  return `${lexer(markdown).map(blockText).filter(Boolean).join('\n\n')}\n`
}

function blockText(token) {
  switch (token.type) {
    case 'heading':
      return token.depth < 3 ? inline(token).toUpperCase() : inline(token)
    case 'paragraph':
      return wrap(inline(token), '  ')
    case 'code':
      return token.text.replaceAll(/^(?=.)/gm, '      ')
    case 'list':
      return token.items
        .map((item, index) => listItem(item, token.ordered ? `${index + 1}. ` : '- '))
        .join('\n')
    case 'table':
      return table(token)
    case 'space':
      return ''
    case 'html':
      if (/^<!--.*-->\s*$/s.test(token.raw)) return ''
      throw new Error(`a manual page has HTML, which has no form as text: ${token.raw}`)
    default:
      throw new Error(`a manual page has a ${token.type}, which has no form as text yet: ${token.raw}`)
  }
}

/** Two columns side by side if they fit; otherwise each row is its first cell, and its others below. */
function table({ header, rows }) {
  const names = header.map(inline)
  const cells = rows.map(row => row.map(inline))
  const width = Math.max(...cells.map(([first]) => first.length))
  if (names.length === 2 && width <= 28) return cells.map(row => sideBySide(row, width)).join('\n')
  return cells
    .map(([first, ...others]) =>
      [
        wrap(first, '  '),
        ...others.flatMap((other, index) =>
          other === '' ? [] : wrap(names.length === 2 ? other : `${names[index + 1]}: ${other}`, '      '),
        ),
      ].join('\n'),
    )
    .join('\n')
}

function sideBySide([term, text], width) {
  const indent = ' '.repeat(width + 4)
  return wrap(text, indent).replace(indent, `  ${term.padEnd(width)}  `)
}

/** The text of a token without its marks. A link is its text, and its address if that is on the web. */
function inline(token) {
  if (token.tokens === undefined) return unescaped(token)
  if (token.type !== 'link') return token.tokens.map(inline).join('')
  const text = token.tokens.map(inline).join('')
  return /^https?:/.test(token.href) && token.href !== text ? `${text} (${token.href})` : text
}

function wrap(text, indent) {
  const lines = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent.length + line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map(part => indent + part).join('\n')
}

function unescaped({ type, text }) {
  if (type === 'br') return ' '
  const plain = text.replaceAll('\n', ' ')
  return type === 'codespan'
    ? plain
    : plain.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

function listItem(item, mark) {
  return item.tokens
    .map(token => wrap(inline(token), `    ${' '.repeat(mark.length)}`))
    .join('\n')
    .replace(' '.repeat(mark.length + 4), `    ${mark}`)
}
