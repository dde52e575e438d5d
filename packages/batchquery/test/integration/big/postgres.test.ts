import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { NARROW_ROWS, WIDE_ROWS } from '../../setup/big-tables.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { freshBucket, taskEnvironment } from '../../setup/s3-client.ts'
import { sha256 } from './tables.ts'

const BIN = new URL('../../../bin/', import.meta.url).pathname
const BUCKET = 'batchquery-s3'

const NARROW = `SELECT i::INTEGER AS id, ('AAAAAAAA' || lpad((i % 100)::text, 2, '0'))::VARCHAR(10) AS attr1,
  ('BBBBBBBB' || lpad((i % 97)::text, 2, '0'))::VARCHAR(10) AS attr2 FROM generate_series(1, ${NARROW_ROWS}) i`
const WIDE = `SELECT i * 7919::BIGINT AS id, (ARRAY['plain title ' || i, '日本語のタイトル ' || i, '', NULL, 'é, ü & ß 🎼 ' || i])[1 + i % 5] AS title,
  (ARRAY[E'line one\\nline two\\twith a tab ' || i, 'C:\\temp\\' || i, NULL, repeat('clean words ', i % 12), '"quoted", and; ' || i, '\\N', '\\.'])[1 + i % 7] AS note,
  (i * 31 % 1000003)::NUMERIC(18, 4) / 7 AS amount, i / 3e5::DOUBLE PRECISION AS ratio, '2026-11-23'::timestamp + i * interval '1 microsecond' AS at,
  decode(md5(i::text), 'hex') AS raw FROM generate_series(1, ${WIDE_ROWS}) i`

let admin: Client
let url: string
/** The store is in a folder that the server may read: COPY FROM takes the parts from there. */
let store: string

beforeAll(async () => {
  const database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`CREATE UNLOGGED TABLE table1 AS ${NARROW}`)
  await admin.query(`CREATE UNLOGGED TABLE wide AS ${WIDE}`)
  const { port, user, caFile, copyDir } = inject('postgres')
  url = `postgres://${user}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`
  store = await mkdtemp(join(copyDir, 'store-'))
  await chmod(store, 0o755)
  await mkdir(join(store, BUCKET, 'script'), { recursive: true })
})

afterAll(async () => {
  await admin?.end()
  await rm(store, { recursive: true, force: true })
})

async function batchquery(environment: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
  const env = { BATCHQUERY_DATABASE: url, PGPASSWORD: inject('postgres').password, ...environment }
  return (await execa(process.execPath, [join(BIN, 'batchquery.js'), ...args], { env, cwd: store })).stdout
}

async function checksum(table: string): Promise<unknown> {
  const sum = `SELECT count(*), sum(hashtextextended(t::text, 0)) FROM ${table} t`
  return (await admin.query(sum)).rows
}

test.each([
  ['table1', 'TEXT'],
  ['wide', 'TEXT'],
  ['wide', 'CSV'],
])('%s as %s is exported into a directory and into S3, and read back by COPY FROM', async (table, format) => {
  const bucket = await freshBucket()
  const task = (target: string) =>
    `SELECT * FROM ${table} INTO OUTFILE S3 's3://${target}/output/r' FORMAT ${format} OVERWRITE ON`
  const id = `${table}-${format}`
  await writeFile(join(store, 'here.sql'), task(BUCKET))
  await batchquery({ BATCHQUERY_STORE: store }, 'run', 'here.sql', '--run-id', id)
  const part = join(store, BUCKET, 'output/r.part_00000')

  await admin.query(`CREATE UNLOGGED TABLE loaded (LIKE ${table})`)
  await admin.query(`COPY loaded FROM '${part}' (FORMAT ${format === 'CSV' ? 'csv' : 'text'})`)
  expect(await checksum('loaded')).toEqual(await checksum(table))
  await admin.query('DROP TABLE loaded')

  await writeFile(join(store, 'there.sql'), task(bucket))
  const s3 = await taskEnvironment(bucket)
  await batchquery(s3, 'run', 'there.sql', '--run-id', id)
  await batchquery(s3, 'get', id, '--join', 'joined')
  expect(await sha256([join(store, 'joined')])).toBe(await sha256([part]))
  await rm(join(store, 'joined'))
})
