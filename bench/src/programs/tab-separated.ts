import { Transform } from 'node:stream'

const BATCH_CHARACTERS = 65_536
const NEEDS_ESCAPE = /[\\\t\n\r\0]/
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
}

/**
 * Converts rows of values to lines of text, in batches, because a write for each
 * row is slow.
 */
export function tabSeparated(): Transform {
  let batch = ''
  return new Transform({
    writableObjectMode: true,
    transform(row: readonly unknown[], _encoding, done) {
      batch += `${row.map(field).join('\t')}\n`
      if (batch.length < BATCH_CHARACTERS) return done()
      const text = batch
      batch = ''
      done(null, text)
    },
    flush: done => done(null, batch),
  })
}

function field(value: unknown): string {
  if (value === null || value === undefined) return '\\N'
  const text = Buffer.isBuffer(value) ? value.toString('hex') : String(value)
  return NEEDS_ESCAPE.test(text)
    ? text.replace(/[\\\t\n\r\0]/g, character => ESCAPES[character] ?? character)
    : text
}
