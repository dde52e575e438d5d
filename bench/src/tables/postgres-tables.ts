import type { PostgresServer } from '../../../packages/batchquery/test/setup/postgres.ts'
import { connectPostgres } from '../connections.ts'
import type { Sizes } from '../sizes.ts'

export const narrow = (rows: number): string => `
  CREATE UNLOGGED TABLE table1 AS
  SELECT i::INTEGER AS id, ('AAAAAAAA' || lpad((i % 100)::TEXT, 2, '0'))::VARCHAR(10) AS attr1,
    ('BBBBBBBB' || lpad((i % 97)::TEXT, 2, '0'))::VARCHAR(10) AS attr2
  FROM generate_series(1, ${rows}) i`

export const wide = (rows: number): string => `
  CREATE UNLOGGED TABLE wide AS
  SELECT i * 7919::BIGINT AS id,
    (CASE i % 5 WHEN 0 THEN 'plain title number ' || i WHEN 1 THEN '日本語のタイトル ' || i WHEN 2 THEN ''
      WHEN 4 THEN 'é, ü & ß 🎼 ' || i END)::VARCHAR(80) AS title,
    CASE i % 7 WHEN 0 THEN E'line one\\nline two\\twith a tab ' || i WHEN 1 THEN 'C:\\temp\\' || i || '.txt'
      WHEN 3 THEN repeat('clean words ', (i % 12)::INTEGER) WHEN 4 THEN '"quoted", ''single'' and; semicolon ' || i
      WHEN 5 THEN '\\N' WHEN 6 THEN 'ends with backslash ' || i || '\\' END AS note,
    (CASE i % 3 WHEN 0 THEN 'Zürich' WHEN 2 THEN 'São Paulo' END)::VARCHAR(40) AS city,
    ((i * 31 % 1000003)::NUMERIC / 7)::NUMERIC(18, 4) AS amount, i / 3e5::DOUBLE PRECISION AS ratio,
    '2026-11-23'::TIMESTAMP + i * INTERVAL '1 microsecond' AS at, digest(i::TEXT, 'sha1') AS raw
  FROM generate_series(1::BIGINT, ${rows}) i`

/** Creates the same tables as in MariaDB, row by row. */
export async function fillPostgres(server: PostgresServer, sizes: Sizes): Promise<void> {
  const client = await connectPostgres(server)
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS pgcrypto')
    await client.query('DROP TABLE IF EXISTS table1, wide')
    for (const sql of [narrow(sizes.narrow), wide(sizes.wide)]) await client.query(sql)
    // Otherwise the first reader would mark the rows as visible, within its measured time.
    await client.query('VACUUM table1, wide')
  } finally {
    await client.end()
  }
}
