import type { LoopTable, Value } from './rows.ts'

/**
 * The answer of PostgreSQL to `COPY table TO STDOUT`, as it arrives on the socket.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function postgresAnswer(
  { columns, valuesOf }: LoopTable,
  rows: number,
  format: 'TEXT' | 'CSV' | 'JSON',
): Buffer {
  const write = format === 'CSV' ? csvRow : format === 'JSON' ? hexRow : textRow
  const messages = [message('H', Buffer.from([0, 0, columns.length, ...columns.flatMap(() => [0, 0])]))]
  for (let row = 1; row <= rows; row++) messages.push(message('d', Buffer.from(write(valuesOf(row)))))
  messages.push(message('c'), message('C', Buffer.from(`COPY ${rows}\0`)), message('Z', Buffer.from('I')))
  return Buffer.concat(messages)
}

function message(type: string, body = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(5)
  header.write(type, 'latin1')
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

const textOf = (value: string | Buffer): string =>
  typeof value === 'string' ? value : `\\x${value.toString('hex')}`

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n' }

const textRow = (values: readonly Value[]): string => {
  const written = values.map(value =>
    value === null ? '\\N' : textOf(value).replaceAll(/[\\\t\n]/g, byte => ESCAPES[byte] ?? byte),
  )
  return `${written.join('\t')}\n`
}

/** With bytes as digits only, as `encode(x, 'hex')` makes them. */
const hexRow = (values: readonly Value[]): string =>
  textRow(values.map(value => (value instanceof Buffer ? value.toString('hex') : value)))

const csvRow = (values: readonly Value[]): string => {
  const written = values.map(value => {
    const text = value === null ? '' : textOf(value)
    return value === '' || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  return `${written.join(',')}\n`
}
