import { connectMariadb, connectPostgres } from '../connections.ts'
import type { Servers } from '../servers.ts'
import type { Sizes } from '../sizes.ts'
import { fillMariadb } from '../tables/mariadb-tables.ts'
import { fillPostgres } from '../tables/postgres-tables.ts'

export const TABLES = ['table1', 'wide', 'typed'] as const
export type TableName = (typeof TABLES)[number]

/** Bytes of a row of the table with many types, as TEXT. */
const TYPED_ROW_BYTES = 190

export const typedRows = (megabytes: number): number => Math.ceil((megabytes * 1e6) / TYPED_ROW_BYTES)

/** Fills the tables of the other benchmarks, and one with many types. */
export async function fillTables(servers: Servers, sizes: Sizes, typed: number): Promise<void> {
  await Promise.all([
    fillMariadb(servers.mariadb, sizes).then(() => fillTypedMariadb(servers, typed)),
    fillPostgres(servers.postgres, sizes).then(() => fillTypedPostgres(servers, typed)),
  ])
}

async function fillTypedMariadb({ mariadb }: Servers, rows: number): Promise<void> {
  const connection = await connectMariadb(mariadb)
  try {
    await connection.query('DROP TABLE IF EXISTS typed')
    await connection.query(`
      CREATE TABLE typed (id BIGINT, code CHAR(36), price DECIMAL(12, 2), total DECIMAL(24, 6), ratio DOUBLE,
        day DATE, at DATETIME(6), seen TIMESTAMP NULL, is_new TINYINT(1), level SMALLINT UNSIGNED, document JSON)`)
    await connection.query(`
      INSERT INTO typed SELECT seq, INSERT(INSERT(INSERT(INSERT(MD5(seq), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'),
        seq % 100000 / 7, seq * 1234567 / 11, seq / 3e5, '2000-01-01' + INTERVAL seq % 9000 DAY,
        '2026-11-23' + INTERVAL seq MICROSECOND, IF(seq % 5 = 0, NULL, '2020-01-01' + INTERVAL seq % 99999999 SECOND),
        seq % 2, seq % 60000, CONCAT('{"id": ', seq, ', "tags": ["a", "b"], "name": "number ', seq % 1000, '"}')
      FROM seq_1_to_${rows}`)
  } finally {
    await connection.end()
  }
}

async function fillTypedPostgres({ postgres }: Servers, rows: number): Promise<void> {
  const client = await connectPostgres(postgres)
  try {
    await client.query('DROP TABLE IF EXISTS typed')
    await client.query(`
      CREATE UNLOGGED TABLE typed AS SELECT i::BIGINT AS id, md5(i::TEXT)::UUID AS code,
        (i % 100000 / 7.0)::NUMERIC(12, 2) AS price, (i * 1234567 / 11.0)::NUMERIC(24, 6) AS total,
        i / 3e5::DOUBLE PRECISION AS ratio, '2000-01-01'::DATE + (i % 9000)::INTEGER AS day,
        '2026-11-23'::TIMESTAMP + i * INTERVAL '1 microsecond' AS at,
        CASE WHEN i % 5 > 0 THEN '2020-01-01 00:00:00Z'::TIMESTAMPTZ + i % 99999999 * INTERVAL '1 second' END AS seen,
        i % 2 = 0 AS is_new, (i % 30000)::SMALLINT AS level,
        jsonb_build_object('id', i, 'tags', '["a", "b"]'::JSONB, 'name', 'number ' || i % 1000) AS document
      FROM generate_series(1::BIGINT, ${rows}) i`)
    await client.query('VACUUM typed')
  } finally {
    await client.end()
  }
}
