import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { linesOf } from '../formats/json-lines.ts'
import { readTyped, refusal } from '../types/requested.ts'
import { exportParquet, typeOf } from './parquet-result.ts'
import { openDatabase, serverUrl } from './session.ts'

const ROWS = 3000

let admin: Connection
let session: Session
/** Only MySQL 9 names the type in its answer. On other servers the same bytes are a VARBINARY. */
let hasVectors: boolean

beforeAll(async () => {
  const database = await freshDatabase()
  admin = await adminConnection({ database })
  session = await openDatabase(serverUrl(database)).connect('batchquery vectors')
  const { kind, version } = session.server
  hasVectors = kind === 'mysql' && Number.parseInt(version, 10) >= 9
  await admin.query(`CREATE TABLE t (id INT, v ${hasVectors ? 'VECTOR(3000)' : 'VARBINARY(12000)'})`)
  for (let id = 0; id < ROWS; id++) await admin.query('INSERT INTO t VALUES (?, ?)', [id, vector(id)])
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

/** NULL, or the bytes of up to 3,000 floats. */
function vector(id: number): Buffer | null {
  if (id % 7 === 3) return null
  const bytes = Buffer.alloc(4 * (id % 500 === 1 ? 3000 : 1 + (id % 5)))
  for (let at = 0; at < bytes.length; at += 4)
    bytes.writeFloatLE(Math.sin(id + at) * 10 ** ((at % 40) - 20), at)
  return bytes
}

function floatsOf(id: number): readonly number[] | null {
  const bytes = vector(id)
  return bytes && Array.from({ length: bytes.length / 4 }, (_, k) => bytes.readFloatLE(4 * k))
}

test('a VECTOR is a list of its floats, and without such a type its bytes stay bytes', async () => {
  const result = await exportParquet(session, 'SELECT id, v FROM t ORDER BY id')
  using duckdb = await DuckdbWitness.open(result.file)
  expect(typeOf(result.columns[1])).toEqual(
    hasVectors ? { kind: 'list', element: { kind: 'float' } } : { kind: 'bytes' },
  )
  const read = await duckdb.query(`SELECT ${hasVectors ? 'v::DOUBLE[]::VARCHAR' : 'hex(v)'} FROM FILE`)
  const [[sums]] = await duckdb.query(
    `SELECT ${hasVectors ? 'sum(len(v))' : 'sum(octet_length(v)) / 4'} FROM FILE`,
  )
  const lists = Array.from({ length: ROWS }, (_, id) => floatsOf(id))
  expect(read).toHaveLength(ROWS)
  expect(Number(sums)).toBe(lists.reduce((sum, list) => sum + (list?.length ?? 0), 0))
  for (const [id, [value]] of read.entries()) {
    if (hasVectors) expect(value === null ? null : JSON.parse(String(value))).toEqual(lists[id])
    else expect(value).toBe(vector(id)?.toString('hex').toUpperCase() ?? null)
  }
})

test('FORMAT JSON has the bytes of a VECTOR as base64', async () => {
  const lines = await linesOf(session, 'SELECT v FROM t WHERE id < 9 ORDER BY id')
  expect(lines.map(line => JSON.parse(line).v)).toEqual(
    Array.from({ length: 9 }, (_, id) => vector(id)?.toString('base64') ?? null),
  )
})

test('TYPES makes bytes of a VECTOR, and refuses a number before the query runs', async () => {
  const query = 'SELECT v FROM t WHERE id = 2'
  const read = await readTyped(session, query, 'v AS BINARY NOT NULL')
  expect(read).toMatchObject({ v: ['BLOB', expect.anything()] })
  expect(await refusal(session, query, 'v AS INT64')).toMatchObject({ code: 'UNSUPPORTED_CLAUSE' })
  // The session is of no use after this one.
  expect(await refusal(session, query, 'v AS JSON')).toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('column "v", row 1'),
  })
})
