import type { Connection, FieldPacket } from 'mysql2/promise'
import type { Values } from './values.ts'

/** https://mariadb.com/docs/server/reference/clientserver-protocol: BIT, and the strings, which are binary in this collation. */
const BIT = 16
const STRINGS = [15, 249, 250, 251, 252, 253, 254, 255]
const BINARY_COLLATION = 63

/** The values of a query as mysql2 reads them, in UTF-8. */
export async function mysql2Values(connection: Connection, query: string): Promise<Values> {
  const [rows, fields] = await connection.query<[]>({
    sql: query,
    rowsAsArray: true,
    typeCast: field => field.buffer(),
  })
  const values: readonly (readonly (Buffer | null)[])[] = rows
  const digits = fields.map(isBinary)
  return {
    names: fields.map(({ name }) => name),
    rows: values.map(row =>
      row.map((value, at) => (value === null ? null : digits[at] ? asDigits(value) : value.toString())),
    ),
    mariadbTypes: null,
  }
}

const isBinary = ({
  columnType = 0,
  characterSet,
}: FieldPacket & { readonly characterSet?: number }): boolean =>
  columnType === BIT || (STRINGS.includes(columnType) && characterSet === BINARY_COLLATION)

const asDigits = (value: Buffer): string => `\\x${value.toString('hex')}`
