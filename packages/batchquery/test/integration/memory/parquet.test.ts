import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { newerNode } from '../../setup/newer-node.ts'
import { runMeasured } from '../big/measured-runner.ts'

/** The most memory of a whole process that exports columns, in MB of 1024 * 1024 bytes. */
const USUAL = 256
const LONG_VALUES = 320

const BUCKET = 'bucket'
const CODECS = ['NONE', 'SNAPPY', 'GZIP', 'ZSTD']
const MIB = 1024 * 1024

type Dialect = 'mysql' | 'postgres'

let folder: string
let database: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchquery-memory-'))
  await mkdir(join(folder, BUCKET, 'script'), { recursive: true })
  database = await freshDatabase()
  const admin = await adminConnection({ database })
  // No codec makes it smaller, because it repeats itself only after a MB.
  await admin.query('SET SESSION group_concat_max_len = 2000000')
  const random = `SELECT GROUP_CONCAT(RANDOM_BYTES(1000 + seq % 25) SEPARATOR '') FROM ${numbers(1_100)}`
  await admin.query(`CREATE TABLE megabyte AS SELECT SUBSTR((${random}), 1, ${MIB}) AS bytes`)
  await admin.end()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Exports a query into a directory with the runner of the container, which must stay within the memory. */
async function exportIn(mostMemory: number, dialect: Dialect, codec: string, query: string): Promise<string> {
  const { port, user, password, caFile, ...server } = inject(dialect === 'mysql' ? 'mariadb' : 'postgres')
  const name = dialect === 'mysql' ? database : server.database
  const statement = `${query} INTO OUTFILE S3 's3://${BUCKET}/result' FORMAT PARQUET COMPRESSION ${codec} OVERWRITE ON`
  await writeFile(join(folder, BUCKET, 'script/task.sql'), statement)
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
  const environment = {
    BATCHQUERY_STORE: folder,
    BATCHQUERY_DATABASE: `${dialect}://${user}@localhost:${port}/${name}?${tls}`,
    MYSQL_PWD: password,
    PGPASSWORD: password,
  }
  const node = codec === 'ZSTD' ? await newerNode() : process.execPath
  return runMeasured(BUCKET, environment, { node, mostMemory })
}

/** Numbers, texts, times, and decimals in turn. */
function columns(count: number, ofKind: readonly ((k: number) => string)[]): string {
  return Array.from({ length: count }, (_, k) => `${ofKind[k % ofKind.length](k)} AS c${k}`).join(', ')
}

const MYSQL_KINDS = [
  (k: number) => `s + ${k}`,
  (k: number) => `CONCAT('v', s % ${k + 5})`,
  () => 't',
  () => 'd',
]
const POSTGRES_KINDS = [
  (k: number) => `s + ${k}`,
  (k: number) => `'v' || (s % ${k + 5})`,
  () => 't',
  () => 'd',
]

// LIMIT and OFFSET make the servers compute the expressions once, and not once for each column.
const mysqlRows = (rows: number) =>
  `(SELECT seq AS s, CAST('2026-01-01' + INTERVAL seq SECOND AS DATETIME) AS t, CAST(seq / 7 AS DECIMAL(18, 4)) AS d
    FROM ${numbers(rows)} LIMIT ${rows}) r`
const postgresRows = (rows: number) =>
  `(SELECT s, timestamp '2026-01-01' + s * interval '1 second' AS t, (s / 7.0)::numeric(18, 4) AS d
    FROM generate_series(1, ${rows}) s OFFSET 0) r`

test.each(CODECS)('an export of many rows takes at most 256 MB: %s', async codec => {
  const query = `SELECT seq AS id, CONCAT('AAAAAAAA', LPAD(seq % 100, 2, '0')) AS attr1 FROM ${numbers(1_000_000)}`
  expect(await exportIn(USUAL, 'mysql', codec, query)).toContain('published 1000000 rows')
})

test.each(CODECS)('an export of 4,000 columns from MariaDB takes at most 256 MB: %s', async codec => {
  const query = `SELECT ${columns(4_000, MYSQL_KINDS)} FROM ${mysqlRows(5_000)}`
  expect(await exportIn(USUAL, 'mysql', codec, query)).toContain('published 5000 rows')
})

test.each(CODECS)('an export of 1,600 columns from PostgreSQL takes at most 256 MB: %s', async codec => {
  const query = `SELECT ${columns(1_600, POSTGRES_KINDS)} FROM ${postgresRows(10_000)}`
  expect(await exportIn(USUAL, 'postgres', codec, query)).toContain('published 10000 rows')
})

test.each(CODECS)('an export of values of 64 MB takes at most 320 MB: %s', async codec => {
  const query = `SELECT REPEAT(bytes, 64) AS v FROM megabyte, ${numbers(3)}`
  expect(await exportIn(LONG_VALUES, 'mysql', codec, query)).toContain('published 3 rows')
})

test.each(CODECS)('an export of 400 columns of arrays takes at most 256 MB: %s', async codec => {
  const kinds = [(k: number) => `ARRAY[s, ${k}, s % 7]`, () => "ARRAY['v' || s, NULL, 'w']", () => 'ARRAY[d]']
  const query = `SELECT ${columns(400, kinds)} FROM ${postgresRows(10_000)}`
  expect(await exportIn(USUAL, 'postgres', codec, query)).toContain('published 10000 rows')
})

test.each(['NONE', 'ZSTD'])('an export of arrays of 64 MB takes at most 320 MB: %s', async codec => {
  const query = `SELECT array_agg((n * 7919::bigint % 1000003)::int) AS v FROM generate_series(1, 3) s, generate_series(1, 8000000) n GROUP BY s`
  expect(await exportIn(LONG_VALUES, 'postgres', codec, query)).toContain('published 3 rows')
})
