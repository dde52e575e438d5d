// Reads the exports of a built package from the declarations that tsc wrote: one for each name, with its docstring.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * The exported declarations of a file, by name, in the order of the exports.
 *
 * @param path a `.d.ts` file
 * @returns {Promise<Map<string, { comment: string, text: string }>>}
 */
export async function exportedDeclarations(path) {
  const source = await readFile(path, 'utf8')
  const found = new Map()
  for (const [statement, names, from] of source.matchAll(
    /^export (?:type )?(\*|\{[^}]*\}) from '([^']+)';$/gm,
  )) {
    if (statement === '') continue
    const target = await exportedDeclarations(join(dirname(path), from.replace(/\.[jt]s$/, '.d.ts')))
    for (const name of names === '*' ? target.keys() : namesIn(names)) found.set(name, target.get(name))
  }
  for (const declaration of ownDeclarations(source)) found.set(declaration.name, declaration)
  return found
}

const namesIn = list =>
  list
    .slice(1, -1)
    .split(',')
    .map(name => name.trim().replace(/^type /, ''))
    .filter(name => name !== '')

/** tsc writes each declaration at the beginning of a line, and ends it at its last closing bracket. */
function* ownDeclarations(source) {
  const pattern =
    /(?:^(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n)?^export (?:declare )?(?:abstract )?(?:class|const|function|interface|type) (\w+)/gm
  for (const match of source.matchAll(pattern)) {
    const [whole, comment = '', name] = match
    const start = match.index + whole.lastIndexOf('export ')
    yield { name, comment: proseOf(comment), text: publicPart(source.slice(start, endOf(source, start))) }
  }
}

function endOf(source, start) {
  let depth = 0
  for (let at = start; at < source.length; at++) {
    if (source.startsWith('/*', at)) at = source.indexOf('*/', at) + 1
    else if ('{(['.includes(source[at])) depth++
    else if ('})]'.includes(source[at])) depth--
    if (depth === 0 && /[;}]\n/.test(source.slice(at, at + 2))) return at + 1
  }
  return source.length
}

/** Without private and internal parts. */
const publicPart = text =>
  text
    .replace(/^ {4}#private;\n/gm, '')
    .replace(/^ {4}\/\*\*(?:(?!\*\/)[\s\S])*@internal(?:(?!\*\/)[\s\S])*\*\/\n.*\n/gm, '')
    .replace(/^export (?:declare )?/, '')

/** The text of a docstring, followed by its tags as a list. */
function proseOf(comment) {
  const text = comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
  const [prose, ...tags] = text.split(/(?:^|\s)(?=@(?:param|typeParam|returns|throws) )/)
  return [prose.trim(), tags.map(tag => `- ${itemOf(tag.trim())}`).join('\n')]
    .filter(part => part !== '')
    .join('\n\n')
}

const itemOf = tag =>
  tag
    .replace(/^@(?:param|typeParam) (\w+) - /, '`$1`: ')
    .replace(/^@returns /, 'Returns ')
    .replace(/^@throws /, 'Throws ')
