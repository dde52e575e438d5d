import type { Connection } from 'mysql2/promise'
import type { TextLayout } from '../../../src/format/index.ts'
import { outfileClauses } from '../../integration/mysql/outfile-layouts.ts'
import { outfile } from '../../integration/mysql/session.ts'
import type { Values } from './values.ts'
import type { Witnessed } from './witnessed.ts'

const BATCH_ROWS = 2000

/** What INTO OUTFILE writes of a table that has the values. */
export async function outfileOfValues(
  connection: Connection,
  { names, rows, mariadbTypes }: Values,
  layout: Partial<TextLayout>,
  hasHeader: boolean,
): Promise<Witnessed> {
  const columns = names.map((_, at) => `c${at}`)
  const types = mariadbTypes ?? []
  await connection.query('DROP TEMPORARY TABLE IF EXISTS witness')
  await connection.query(
    `CREATE TEMPORARY TABLE witness (n INT AUTO_INCREMENT PRIMARY KEY, ${columns.map((column, at) => `${column} ${types[at]}`).join(', ')})`,
  )
  for (let at = 0; at < rows.length; at += BATCH_ROWS)
    await connection.query(`INSERT INTO witness (${columns.join(', ')}) VALUES ?`, [
      rows.slice(at, at + BATCH_ROWS),
    ])
  const clauses = outfileClauses(layout)
  const body = await outfile(connection, `SELECT ${columns.join(', ')} FROM witness ORDER BY n`, clauses)
  return {
    header: hasHeader ? await outfileOfNames(connection, names, clauses) : Buffer.alloc(0),
    body,
    rows: rows.length,
  }
}

/** The names of columns as INTO OUTFILE writes a row of them. */
export const outfileOfNames = (
  connection: Connection,
  names: readonly string[],
  clauses: string,
): Promise<Buffer> =>
  outfile(connection, `SELECT ${names.map(name => connection.escape(name)).join(', ')}`, clauses)
