import fc from 'fast-check'
import type { TextLayout } from '../../../src/format/index.ts'

/** The clauses of the layout for the server. For omitted ones the server uses its own defaults. */
export function outfileClauses(layout: Partial<TextLayout>): string {
  const optionally = layout.optionallyEnclosed ? 'OPTIONALLY ' : ''
  const fields = [
    clause('TERMINATED BY', layout.fieldsTerminatedBy),
    clause(`${optionally}ENCLOSED BY`, layout.enclosedBy),
    clause('ESCAPED BY', layout.escapedBy),
  ]
  const lines = [
    clause('STARTING BY', layout.linesStartingBy),
    clause('TERMINATED BY', layout.linesTerminatedBy),
  ]
  return `${group('FIELDS', fields)} ${group('LINES', lines)}`.trim()
}

const clause = (words: string, bytes: Uint8Array | undefined): string => {
  if (bytes === undefined) return ''
  return ` ${words} ${bytes.length === 0 ? "''" : `0x${Buffer.from(bytes).toString('hex')}`}`
}

const group = (word: string, clauses: readonly string[]): string => {
  const written = clauses.join('')
  return written === '' ? '' : `${word}${written}`
}

const text = (bytes: string) => Buffer.from(bytes)
const character = fc.constantFrom(...'",\';|\t\\ 0123456789.e+-ntrbZNxy\r\n#\0'.split(''))
const string = fc.oneof(
  character,
  fc.constantFrom('', ', ', '\r\n', '||', '§', ';;', 'ab', '\n', 'é', 'nn', '.x', '\\x', '%$#'),
)
/** Every kind of layout except the fixed width. */
export const layouts: fc.Arbitrary<TextLayout> = fc
  .record({
    fieldsTerminatedBy: string.map(text),
    enclosedBy: fc.oneof(fc.constant(''), character).map(text),
    optionallyEnclosed: fc.boolean(),
    escapedBy: fc.oneof(fc.constant('\\'), fc.constant(''), character).map(text),
    linesStartingBy: fc.oneof(fc.constant(''), string).map(text),
    linesTerminatedBy: fc.oneof(fc.constant('\n'), string).map(text),
  })
  .filter(layout => layout.fieldsTerminatedBy.length > 0 || layout.enclosedBy.length > 0)
