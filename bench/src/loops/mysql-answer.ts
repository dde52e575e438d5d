import type { Column, LoopTable, Value } from './rows.ts'

/** Follows the columns, and the rows: no warnings, and the status of an idle session. */
const END = Buffer.from([0xfe, 0, 0, 0x22, 0])
const NULL = Buffer.of(0xfb)
const LATIN1 = 8

/**
 * The answer of a MySQL server to `SELECT * FROM table`, as it arrives on the socket.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset.html
 *
 * @param isConverted whether the session has all texts in UTF-8, as for CSV, or each column in its own character set
 */
export function mysqlAnswer({ columns, valuesOf }: LoopTable, rows: number, isConverted: boolean): Buffer {
  const packets: Buffer[] = []
  const send = (payload: Buffer): void => {
    const header = Buffer.alloc(4)
    header.writeUIntLE(payload.length, 0, 3)
    header[3] = (packets.length / 2 + 1) & 0xff
    packets.push(header, payload)
  }
  send(Buffer.of(columns.length))
  for (const column of columns) send(definition(column, isConverted))
  send(END)
  for (let row = 1; row <= rows; row++)
    send(Buffer.concat(valuesOf(row).map((value, at) => encoded(value, columns[at], isConverted))))
  send(END)
  return Buffer.concat(packets)
}

const encoded = (value: Value, { collation }: Column, isConverted: boolean): Buffer => {
  if (value === null) return NULL
  if (typeof value !== 'string') return withLength(value)
  return withLength(Buffer.from(value, collation === LATIN1 && !isConverted ? 'latin1' : 'utf8'))
}

function withLength(bytes: Buffer): Buffer {
  const { length } = bytes
  return Buffer.concat([
    length < 0xfb ? Buffer.of(length) : Buffer.of(0xfc, length & 0xff, length >> 8),
    bytes,
  ])
}

function definition({ name, mysqlType, collation, mysqlBytes }: Column, isConverted: boolean): Buffer {
  const fixed = Buffer.alloc(13)
  fixed[0] = 12
  fixed.writeUInt16LE(isConverted && collation === LATIN1 ? 45 : collation, 1)
  fixed.writeUInt32LE(mysqlBytes, 3)
  fixed[7] = mysqlType
  const texts = ['def', 'bench', 'table', 'table', name, name].map(text => withLength(Buffer.from(text)))
  return Buffer.concat([...texts, fixed])
}
