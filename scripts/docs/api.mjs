// Prints docs/api.md from the declarations of the built package: `npm run docs`.
import { fileURLToPath } from 'node:url'
import { exportedDeclarations } from './declarations.mjs'

const INDEX = fileURLToPath(new URL('../../packages/batchquery/dist/index.d.ts', import.meta.url))

/** Names that another document describes. */
const ELSEWHERE = new Map([
  ['CATALOGUE', 'every error code, as a value: [errors.md](errors.md)'],
  ['EXIT_CODES', 'every exit code, as a value: [errors.md](errors.md)'],
  ['ErrorCode', 'the codes of [errors.md](errors.md), as a type'],
  ['Progress', 'rows, bytes and parts of a run so far, as in its record: [json.md](json.md)'],
  ['RunRecord', 'a run record: [json.md](json.md)'],
  ['RunState', 'the states of [json.md](json.md), as a type'],
])

export async function apiDocument() {
  const declarations = [...(await exportedDeclarations(INDEX))].sort(([a], [b]) => order(a, b))
  const sections = declarations.map(([name, { comment, text }]) => {
    const elsewhere = ELSEWHERE.get(name)
    if (elsewhere !== undefined) return `## ${name}\n\n${elsewhere}\n`
    return [
      `## ${name}\n`,
      ...(comment === '' ? [] : [`${comment}\n`]),
      `\`\`\`typescript\n${text}\n\`\`\`\n`,
    ].join('\n')
  })
  return [
    '# The library',
    '',
    'Generated from the docstrings by `npm run docs`. [library.md](library.md) explains how to use it. Every error is a',
    '`BatchQueryError`; the words in capitals are its codes ([errors.md](errors.md)).',
    '',
    ...sections,
  ].join('\n')
}

/** Functions and values first, then types, each by name. */
const order = (a, b) => Number(isType(a)) - Number(isType(b)) || (a < b ? -1 : 1)
const isType = name => /^[A-Z]/.test(name)

if (process.argv[1] === import.meta.filename) process.stdout.write(await apiDocument())
