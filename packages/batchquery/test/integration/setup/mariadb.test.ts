import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { RowDataPacket } from 'mysql2/promise'
import { expect, inject, test } from 'vitest'
import { adminConnection, freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'

const server = inject('mariadb')
const database = await freshDatabase()

test('a session is encrypted, and our authority has signed the server', async () => {
  const connection = await adminConnection()
  const [rows] = await connection.query<RowDataPacket[]>("SHOW STATUS LIKE 'Ssl_version'")
  await connection.end()
  expect(rows[0]?.Value).toMatch(/^TLSv1\.[23]$/)
  await expect(adminConnection({ ssl: { verifyIdentity: true } })).rejects.toThrow(
    /unable to verify|self-signed|issuer/,
  )
})

test('a session over the socket works', async () => {
  const connection = await adminConnection({ socketPath: server.socket, ssl: undefined })
  const [rows] = await connection.query<RowDataPacket[]>('SELECT current_user() AS user')
  await connection.end()
  expect(rows[0]?.user).toBe('batchquery@%')
})

test('INTO OUTFILE writes a file that the tests can read, and LOAD DATA LOCAL loads it again', async () => {
  const file = join(server.outfileDir, `${database}.txt`)
  await runAsAdmin(
    `CREATE TABLE ${database}.source (id INT, note TEXT)`,
    `INSERT INTO ${database}.source VALUES (1, 'tab\\there'), (2, NULL), (3, 'žluťoučký')`,
    `SELECT * FROM ${database}.source ORDER BY id INTO OUTFILE '${file}' CHARACTER SET utf8mb4`,
  )
  const bytes = await readFile(file)
  await rm(file)
  expect(bytes.toString()).toBe('1\ttab\\\there\n2\t\\N\n3\tžluťoučký\n')

  const connection = await adminConnection({ database })
  await connection.query('CREATE TABLE copy LIKE source')
  await connection.query({
    sql: "LOAD DATA LOCAL INFILE 'bytes' INTO TABLE copy CHARACTER SET utf8mb4",
    infileStreamFactory: () => Readable.from([bytes]),
  })
  const [sums] = await connection.query<RowDataPacket[]>('CHECKSUM TABLE source, copy')
  await connection.end()
  expect(sums[1]?.Checksum).toBe(sums[0]?.Checksum)
})
