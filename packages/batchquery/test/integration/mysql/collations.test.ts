import type { Connection, RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { characterSetOf } from '../../../src/database/mysql/collations.ts'
import { adminConnection, isMariadb } from '../../setup/mariadb-client.ts'

let admin: Connection
beforeAll(async () => {
  admin = await adminConnection()
})
afterAll(() => admin.end())

test('every collation number of the server leads to its character set', async () => {
  // In MariaDB, some are one collation by name, and one for each character set by id.
  const table = (await isMariadb()) ? 'COLLATION_CHARACTER_SET_APPLICABILITY' : 'COLLATIONS'
  const [rows] = await admin.query<RowDataPacket[]>(
    `SELECT ID, CHARACTER_SET_NAME AS charset FROM information_schema.${table} WHERE ID IS NOT NULL`,
  )
  expect(rows.length).toBeGreaterThan(250)
  const wrong = rows.filter(({ ID, charset }) => characterSetOf(Number(ID)) !== charset)
  expect(wrong).toEqual([])
})
