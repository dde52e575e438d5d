import type { RowDataPacket } from 'mysql2/promise'
import { expect, onTestFinished, test } from 'vitest'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { readInParallel, request } from '../mysql/parallel-reads.ts'

test.each([
  ['UUID', "INSERT(INSERT(INSERT(INSERT(MD5(seq), 13, 1, '4'), 17, 1, '8'), 9, 0, '-'), 14, 0, '-')"],
  ['INET6', "CONCAT('2001:db8::', HEX(seq))"],
])('a key of the type %s divides a table', async (type, value) => {
  const database = await freshDatabase()
  const admin = await adminConnection({ database })
  onTestFinished(() => admin.end())
  await admin.query(`CREATE TABLE own (k ${type} PRIMARY KEY, note INT)`)
  await admin.query(`INSERT INTO own SELECT ${value}, seq FROM seq_1_to_3000`)
  await admin.query('ANALYZE TABLE own')
  const { ranges } = await readInParallel(database, request('SELECT note FROM own'))
  const [rows] = await admin.query<RowDataPacket[]>('SELECT note FROM own')
  expect(ranges.length).toBeGreaterThan(1)
  expect(ranges.flat().sort()).toEqual(rows.map(({ note }) => String(note)).sort())
})
