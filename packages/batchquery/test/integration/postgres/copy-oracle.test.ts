import fc from 'fast-check'
import { type Client, escapeLiteral } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { collect, copyToFile, openDatabase, serverUrl } from './session.ts'

/** Every kind of type, each with values that are extreme, or hard to write. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  bool: ['true', 'false'],
  int2: ['-32768', '32767'],
  int4: ['-2147483648', '0'],
  int8: ['9223372036854775807', '-1'],
  'numeric(30,6)': ['-123456789012345678901234.567891', '0.000001'],
  numeric: ["'NaN'", "'Infinity'", '1e-200'],
  float4: ['1e-30', "'-Infinity'", '0.1'],
  float8: ['1.7976931348623157e308', "'NaN'", '-0.0', '0.1'],
  money: ['-12.34'],
  'char(12)': ["'a'", "E'\\\\N'"],
  'varchar(300)': ["E'tab\\there'", "''", "'\\N'"],
  text: [
    "E'a\\tb\\nc\\rd\\\\e\\bf\\fg\\vh'",
    "E'\\\\.'",
    `'"quoted", ''single''; | , . x 0'`,
    "repeat('x,y;z|', 3000)",
    "repeat('日本語\t', 700)",
    "'𝄞🎼 é ñ ß €'",
  ],
  name: ["'pg_catalog'"],
  bytea: ["'\\x00ff5c090a0d27'", "''"],
  date: ["'-infinity'", "'0001-01-01 BC'", "'9999-12-31'"],
  time: ["'23:59:59.999999'"],
  timetz: ["'12:00:00+05:30'"],
  timestamp: ["'2026-02-28 23:59:59.123456'", "'infinity'"],
  timestamptz: ["'2026-11-23 01:02:03+09'"],
  interval: ["'1 year -2 months 3 days 04:05:06.7'", "'-1 second'"],
  uuid: ["'123e4567-e89b-12d3-a456-426655440000'"],
  json: [`'{"a\\tb": "c\\\\d", "e": "\\u00e9"}'`, "'[]'"],
  jsonb: [`'{"a\\nb": [1, null, "\\\\"]}'`],
  jsonpath: [`'$.a[*] ? (@ > 3)'`],
  xml: [`'<a b="c\\d">é</a>'`],
  inet: ["'10.0.0.9/8'", "'::1'"],
  macaddr: ["'08:00:2b:01:02:03'"],
  'bit(5)': ["B'10101'"],
  varbit: ["B''", "B'1'"],
  point: ['point(1.5, -2)'],
  polygon: ["'((0,0),(1,1),(2,0))'"],
  tsvector: ["to_tsvector('simple', 'it''s a \\ fat cat')"],
  tsquery: ["to_tsquery('simple', 'fat & !cat')"],
  int4range: ["'[1,5)'", "'empty'"],
  int4multirange: ["'{[1,2),[5,9)}'"],
  'text[]': [`ARRAY[E'a\\tb', NULL, '"', E'\\\\', '', 'x,y']`, "'{}'"],
  'int4[]': ["'{{1,2},{3,NULL}}'"],
  'timestamp[]': ["ARRAY['2026-01-01'::timestamp]"],
  colour: ["E'dark\\tred'", "'blue;|'"],
  pair: [`ROW(E'a\\tb,"', 7)`, 'ROW(NULL, NULL)'],
  short_text: ["E'd\\to'"],
  regclass: ["'pg_class'"],
  oid: ['4294967295'],
  pg_lsn: ["'16/B374D848'"],
}
const TYPES = Object.keys(VALUES)
const ROWS = 9

let admin: Client
let session: Session

beforeAll(async () => {
  const database = await freshPostgresDatabase()
  admin = await adminPg(database)
  await admin.query(`CREATE TYPE colour AS ENUM (E'dark\\tred', 'blue;|')`)
  await admin.query('CREATE TYPE pair AS (a text, b int)')
  await admin.query('CREATE DOMAIN short_text AS text')
  await admin.query(`CREATE TABLE t (row int, ${TYPES.map((type, at) => `c${at} ${type}`).join(', ')})`)
  for (let row = 0; row < ROWS; row++) {
    const values = TYPES.map((type, at) => {
      const own = VALUES[type]
      return (row * 7 + at) % 8 === 0 ? 'NULL' : own[(row + at) % own.length]
    })
    await admin.query(`INSERT INTO t VALUES (${[row, ...values].join(', ')})`)
  }
  session = await openDatabase(serverUrl(database)).connect('batchquery oracle')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

/** All that TEXT takes; others are tried in clauses.test.ts. */
const delimiters = fc.constantFrom(...'\t ,;|:!"#$%&\'()*+-/<=>?@ABCMOZ[]^_`{}~\x01\x1f\x7f\v\f'.split(''))
const settings = fc
  .record({
    format: fc.constantFrom('TEXT', 'CSV'),
    delimiter: delimiters,
    quote: fc.constantFrom('"', "'", '|', 'x', '\\'),
    header: fc.boolean(),
    blockBytes: fc.constantFrom(1024, 4096, 64 * 1024),
    maxPartBytes: fc.constantFrom(1e12, 3000, 100_000),
  })
  .filter(({ format, delimiter, quote }) => format === 'TEXT' || delimiter !== quote)
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never

/** Exports a query and compares with what the server writes, its header put before every part of ours. */
async function compare(query: string, chosen: Settings, characterSet: string | null, encoding: string) {
  const { format, delimiter, quote, header, blockBytes, maxPartBytes } = chosen
  const quoting = format === 'CSV' ? `, QUOTE ${escapeLiteral(quote)}` : ''
  const options = `(FORMAT ${format}, DELIMITER ${escapeLiteral(delimiter)}${quoting}, HEADER ${header}, ENCODING '${encoding}')`
  const expected = await copyToFile(admin, query, options)
  const exported = await collect(session, query, {
    format,
    layout: {
      fieldsTerminatedBy: Buffer.from(delimiter),
      ...(format === 'CSV' ? { enclosedBy: Buffer.from(quote) } : {}),
    },
    header,
    characterSet,
    pool: new BlockPool(blockBytes, 2),
    maxPartBytes: maxPartBytes,
  })
  const whole = Buffer.concat([exported.header, exported.bytes])
  if (!whole.equals(expected)) expect(whole.toString('latin1')).toBe(expected.toString('latin1'))
  expect(exported.rowsEnded).toBe(exported.rowsRead)
}

test("TEXT and CSV are the server's own COPY, byte for byte", async () => {
  const columns = fc.shuffledSubarray([...TYPES.keys()], { minLength: 1 })
  await fc.assert(
    fc.asyncProperty(columns, settings, async (chosen, options) => {
      const names = chosen.map(at => `c${at}`)
      await compare(`SELECT ${names.join(', ')} FROM t ORDER BY row`, options, null, 'UTF8')
    }),
    { numRuns: cases(150) },
  )
})

test('any text and any name pass', async () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 300 }).filter(text => !text.includes('\0'))
  const name = anyText.map(text => [...text].slice(0, 12).join('')).filter(text => text !== '')
  const rows = fc.array(fc.tuple(fc.option(anyText), fc.option(anyText)), { minLength: 1, maxLength: 40 })
  const literal = (text: string | null) => (text === null ? 'NULL::text' : `${escapeLiteral(text)}::text`)
  await fc.assert(
    fc.asyncProperty(rows, name, settings, async (values, column, options) => {
      const list = values.map(([a, b]) => `(${literal(a)}, ${literal(b)})`).join(', ')
      const query = `SELECT a AS "${column.replaceAll('"', '""')}", b FROM (VALUES ${list}) v (a, b)`
      await compare(query, options, null, 'UTF8')
    }),
    { numRuns: cases(150) },
  )
})

test('so it is in other character sets', async () => {
  const sets = fc.constantFrom(
    ...[
      ['latin1', 'WIN1252', 'é ü ß € “ÿ”'],
      ['utf8mb4', 'UTF8', 'é 日本語 𝄞'],
      ['sjis', 'SJIS', '表ソ十予能 ｱ'],
      ['cp932', 'SJIS', '①髙ソ'],
      ['ujis', 'EUC_JP', '表ソ十'],
      ['gbk', 'GBK', '丂能中'],
      ['gb18030', 'GB18030', '丂€𝄞'],
      ['big5', 'BIG5', '功許蓋'],
      ['euckr', 'EUC_KR', '한국어'],
      ['koi8r', 'KOI8R', 'Привет Ё'],
      ['cp1251', 'WIN1251', 'Привет №'],
      ['greek', 'ISO_8859_7', 'αβγ'],
    ].map(([characterSet, encoding, text]) => ({ characterSet, encoding, text })),
  )
  const mix = fc.array(fc.oneof(fc.constant(null), fc.constantFrom('\t', '\\', '\n', '\r', '|', 'x')), {
    maxLength: 30,
  })
  await fc.assert(
    fc.asyncProperty(sets, mix, settings, async ({ characterSet, encoding, text }, parts, options) => {
      const value = parts.map(part => part ?? text).join('')
      const name = [...text].slice(0, 10).join('')
      const query = `SELECT ${escapeLiteral(value)}::text AS "${name}\t", 1 FROM generate_series(1, 3)`
      await compare(query, options, characterSet, encoding)
    }),
    { numRuns: cases(150) },
  )
})

test('a character that the character set lacks fails the export', async () => {
  const query = "SELECT 'ok' UNION ALL SELECT '日本'"
  await expect(collect(session, query, { characterSet: 'latin1' })).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: expect.stringContaining('22P05'),
    hint: expect.stringContaining('utf8mb4'),
  })
})
