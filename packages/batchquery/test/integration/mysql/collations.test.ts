import type { Connection, RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collationEncoding } from '../../../src/database/mysql/column-format.ts'
import { adminConnection, isMariadb } from '../../setup/mariadb-client.ts'

/** The encoder's name of each multi-byte character set. All others are `single`. */
const ENCODINGS: Readonly<Record<string, string>> = {
  big5: 'big5',
  cp932: 'cp932',
  eucjpms: 'ujis',
  euckr: 'euckr',
  gb18030: 'gb18030',
  gb2312: 'gb2312',
  gbk: 'gbk',
  sjis: 'sjis',
  ucs2: 'ucs2',
  ujis: 'ujis',
  utf16: 'utf16',
  utf16le: 'utf16le',
  utf32: 'utf32',
  utf8mb3: 'utf8',
  utf8mb4: 'utf8',
}

let admin: Connection
beforeAll(async () => {
  admin = await adminConnection()
})
afterAll(() => admin.end())

test('every collation of the server has the encoding of its character set', async () => {
  // In MariaDB, some are one collation by name, and one for each character set by id.
  const table = (await isMariadb()) ? 'COLLATION_CHARACTER_SET_APPLICABILITY' : 'COLLATIONS'
  const [rows] = await admin.query<RowDataPacket[]>(
    `SELECT ID, CHARACTER_SET_NAME AS charset FROM information_schema.${table} WHERE ID IS NOT NULL`,
  )
  expect(rows.length).toBeGreaterThan(250)
  const wrong = rows.filter(
    ({ ID, charset }) => collationEncoding(Number(ID)) !== (ENCODINGS[charset] ?? 'single'),
  )
  expect(wrong).toEqual([])
})
