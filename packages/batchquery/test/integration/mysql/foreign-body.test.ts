import { expect, test } from 'vitest'
import { splitStatements } from '../../../src/sql/index.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'

/* Bodies in dollar quotes reach the server whole. MySQL 9 accepts them. In other servers dollars are part of names. */

const BODY = ` let q = "it's; :x $$ $b$"; /* ' */ return a; `
const TASK = `CREATE FUNCTION f(a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $body$${BODY}$body$; SELECT 1 AS $a;`

test('a body between dollar quotes is one statement, and its text is unchanged', async () => {
  const connection = await adminConnection({ database: await freshDatabase() })
  try {
    const [[row]] = await connection.query<never[]>('SELECT VERSION()')
    const version = String(Object.values(row ?? {})[0])
    const [define, select, ...others] = splitStatements(TASK, 'mysql')
    expect(others).toEqual([])
    await connection.query(select?.text ?? '')
    const definition = connection.query(define?.text ?? '')
    if (/^(8|.*MariaDB)/.test(version)) {
      await expect(definition).rejects.toThrow(/syntax.*near 'JAVASCRIPT AS \$body\$/)
      return
    }
    await definition
    const [rows] = await connection.query(
      `SELECT ROUTINE_DEFINITION AS body FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()`,
    )
    expect(rows).toEqual([{ body: BODY }])
  } finally {
    await connection.end()
  }
})
