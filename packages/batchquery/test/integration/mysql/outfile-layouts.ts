import fc from 'fast-check'
import type { TextLayout } from '../../../src/format/index.ts'

const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`
const clause = (words: string, bytes: Uint8Array) =>
  bytes.length === 0 ? `${words} ''` : `${words} ${hex(bytes)}`

/** The layout as the server takes it. */
export function outfileClauses(layout: TextLayout): string {
  return [
    clause('FIELDS TERMINATED BY', layout.fieldsTerminatedBy),
    clause(`${layout.optionallyEnclosed ? 'OPTIONALLY ' : ''}ENCLOSED BY`, layout.enclosedBy),
    clause('ESCAPED BY', layout.escapedBy),
    clause('LINES STARTING BY', layout.linesStartingBy),
    clause('TERMINATED BY', layout.linesTerminatedBy),
  ].join(' ')
}

const text = (bytes: string) => Buffer.from(bytes)
const character = fc.constantFrom(...'",\';|\t\\ 0123456789.e+-ntrbZNxy\r\n#\0'.split(''))
const string = fc.oneof(
  character,
  fc.constantFrom('', ', ', '\r\n', '||', '§', ';;', 'ab', '\n', 'é', 'nn', '.x', '\\x', '%$#'),
)
/** Every kind of layout but the fixed width. */
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
