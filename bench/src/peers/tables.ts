import {
  CREATE_NARROW,
  CREATE_WIDE,
  fillNarrow,
  fillWide,
} from '../../../packages/batchquery/test/setup/big-tables.ts'
import { numbers } from '../../../packages/batchquery/test/setup/mysql-numbers.ts'
import { narrow, wide } from '../tables/postgres-tables.ts'
import type { Column, ColumnKind } from './column-checksums.ts'
import { type Source, withSession } from './sources.ts'

/** A table that all programs export as a whole. Its first column, `id`, is the primary key. */
export interface PeerTable {
  readonly name: string
  readonly about: string
  /** The bytes of a row as TEXT, about. */
  readonly rowBytes: number
  readonly columns: readonly Column[]
  readonly mysql: { readonly create: string; fill(rows: number): string }
  /** The statement that creates the filled table. */
  postgres(rows: number): string
}

const columns = (kinds: Readonly<Record<string, ColumnKind>>): readonly Column[] =>
  Object.entries(kinds).map(([name, kind]) => ({ name, kind }))

/** The statement of a test's table of MariaDB, whose sequences MySQL does not have. */
const onMysql = (fill: (first: number, last: number) => string, rows: number): string =>
  fill(1, rows).replace(/seq_\d+_to_\d+$/, numbers(rows))

const NARROW: PeerTable = {
  name: 'table1',
  about: 'a number and two short strings',
  rowBytes: 30,
  columns: columns({ id: 'integer', attr1: 'text', attr2: 'text' }),
  mysql: { create: CREATE_NARROW, fill: rows => onMysql(fillNarrow, rows) },
  postgres: narrow,
}

const WIDE: PeerTable = {
  name: 'wide',
  about: 'eight columns with long texts and binary values',
  rowBytes: 150,
  columns: [
    ...columns({ id: 'integer', title: 'text', note: 'text', city: 'text' }),
    { name: 'amount', kind: 'decimal', scale: 4 },
    ...columns({ ratio: 'double', at: 'timestamp', raw: 'bytes' }),
  ],
  mysql: { create: CREATE_WIDE, fill: rows => onMysql(fillWide, rows) },
  postgres: wide,
}

const TYPED: PeerTable = {
  name: 'typed',
  about: 'eleven columns of many types: UUID, decimals, times with a zone, JSON',
  rowBytes: 190,
  columns: [
    ...columns({ id: 'integer', code: 'uuid' }),
    { name: 'price', kind: 'decimal', scale: 2 },
    { name: 'total', kind: 'decimal', scale: 6 },
    ...columns({ ratio: 'double', day: 'date', at: 'timestamp', seen: 'timestamp', is_new: 'boolean' }),
    ...columns({ level: 'integer', document: 'json' }),
  ],
  mysql: {
    create: `
      CREATE TABLE typed (id BIGINT, code CHAR(36), price DECIMAL(12, 2), total DECIMAL(24, 6), ratio DOUBLE,
        day DATE, at DATETIME(6), seen TIMESTAMP NULL, is_new TINYINT(1), level SMALLINT UNSIGNED, document JSON)`,
    fill: rows => `
      INSERT INTO typed SELECT seq, INSERT(INSERT(INSERT(INSERT(MD5(seq), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-'),
        seq % 100000 / 7, seq * 1234567 / 11, seq / 3e5, '2000-01-01' + INTERVAL seq % 9000 DAY,
        '2026-11-23' + INTERVAL seq MICROSECOND, IF(seq % 5 = 0, NULL, '2020-01-01' + INTERVAL seq % 99999999 SECOND),
        seq % 2, seq % 60000, CONCAT('{"id": ', seq, ', "tags": ["a", "b"], "name": "number ', seq % 1000, '"}')
      FROM ${numbers(rows)}`,
  },
  postgres: rows => `
    CREATE UNLOGGED TABLE typed AS SELECT i::BIGINT AS id, md5(i::TEXT)::UUID AS code,
      (i % 100000 / 7.0)::NUMERIC(12, 2) AS price, (i * 1234567 / 11.0)::NUMERIC(24, 6) AS total,
      i / 3e5::DOUBLE PRECISION AS ratio, '2000-01-01'::DATE + (i % 9000)::INTEGER AS day,
      '2026-11-23'::TIMESTAMP + i * INTERVAL '1 microsecond' AS at,
      CASE WHEN i % 5 > 0 THEN '2020-01-01 00:00:00Z'::TIMESTAMPTZ + i % 99999999 * INTERVAL '1 second' END AS seen,
      i % 2 = 0 AS is_new, (i % 30000)::SMALLINT AS level,
      jsonb_build_object('id', i, 'tags', '["a", "b"]'::JSONB, 'name', 'number ' || i % 1000) AS document
    FROM generate_series(1::BIGINT, ${rows}) i`,
}

const FEW: PeerTable = {
  name: 'few',
  about: 'five strings of 5 to 1,000 different values',
  rowBytes: 75,
  columns: columns({
    id: 'integer',
    status: 'text',
    country: 'text',
    browser: 'text',
    category: 'text',
    city: 'text',
  }),
  mysql: {
    create: `
      CREATE TABLE few (id BIGINT, status VARCHAR(12), country VARCHAR(20), browser VARCHAR(40), category VARCHAR(30), city VARCHAR(30))`,
    fill: rows => `
      INSERT INTO few SELECT seq, ELT(1 + seq % 5, 'new', 'paid', 'shipped', 'returned', NULL),
        CONCAT('country ', seq * 7 % 20), CONCAT('browser of version ', seq * 13 % 50),
        CONCAT('category ', seq * 31 % 200), CONCAT('city of number ', seq * 101 % 1000)
      FROM ${numbers(rows)}`,
  },
  postgres: rows => `
    CREATE UNLOGGED TABLE few AS SELECT i AS id,
      (ARRAY['new', 'paid', 'shipped', 'returned', NULL])[(1 + i % 5)::INTEGER]::VARCHAR(12) AS status,
      ('country ' || i * 7 % 20)::VARCHAR(20) AS country, ('browser of version ' || i * 13 % 50)::VARCHAR(40) AS browser,
      ('category ' || i * 31 % 200)::VARCHAR(30) AS category, ('city of number ' || i * 101 % 1000)::VARCHAR(30) AS city
    FROM generate_series(1::BIGINT, ${rows}) i`,
}

const MANY: PeerTable = {
  name: 'many',
  about: 'three strings that differ in every row',
  rowBytes: 145,
  columns: columns({ id: 'integer', token: 'text', name: 'text', link: 'text' }),
  mysql: {
    create: 'CREATE TABLE many (id BIGINT, token CHAR(32), name VARCHAR(40), link VARCHAR(120))',
    fill: rows => `
      INSERT INTO many SELECT seq, MD5(seq), CONCAT('customer ', seq * 7919 % 100000007),
        CONCAT('https://example.com/items/', seq, '?session=', SHA1(seq))
      FROM ${numbers(rows)}`,
  },
  postgres: rows => `
    CREATE UNLOGGED TABLE many AS SELECT i AS id, md5(i::TEXT)::CHAR(32) AS token,
      ('customer ' || i * 7919 % 100000007)::VARCHAR(40) AS name,
      ('https://example.com/items/' || i || '?session=' || encode(digest(i::TEXT, 'sha1'), 'hex'))::VARCHAR(120) AS link
    FROM generate_series(1::BIGINT, ${rows}) i`,
}

export const TABLES: readonly PeerTable[] = [NARROW, WIDE, TYPED, FEW, MANY]

export const rowsOf = ({ rowBytes }: PeerTable, megabytes: number): number =>
  Math.ceil((megabytes * 1e6) / rowBytes)

/** Creates a table. The primary key lets programs read it in parallel. */
export async function fillTable(source: Source, table: PeerTable, rows: number): Promise<void> {
  const key = `ALTER TABLE ${table.name} ADD PRIMARY KEY (id)`
  const statements =
    source.dialect === 'mysql'
      ? [table.mysql.create, key, table.mysql.fill(rows), `ANALYZE TABLE ${table.name}`]
      : [
          'CREATE EXTENSION IF NOT EXISTS pgcrypto',
          table.postgres(rows),
          key,
          // Otherwise the first reader would mark the rows as visible, within its measured time.
          `VACUUM ANALYZE ${table.name}`,
        ]
  await withSession(source, async session => {
    for (const sql of statements) await session.query(sql)
  })
}

export const dropTable = (source: Source, { name }: PeerTable): Promise<void> =>
  withSession(source, async session => {
    await session.query(`DROP TABLE ${name}`)
  })
