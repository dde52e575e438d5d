import fc from 'fast-check'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { cases } from '../../setup/chance.ts'
import { adminConnection, freshDatabase, isMariadb } from '../../setup/mariadb-client.ts'
import { layouts, outfileClauses } from './outfile-layouts.ts'
import { collect, openDatabase, outfile, serverUrl } from './session.ts'

const IS_MARIADB = await isMariadb()

/** One table for all: every type and character set of the server, with values that are hard to escape. */
const TYPES = {
  ti: 'TINYINT',
  su: 'SMALLINT UNSIGNED',
  mi: 'MEDIUMINT',
  i: 'INT',
  iz: 'INT(8) ZEROFILL',
  bi: 'BIGINT',
  bu: 'BIGINT UNSIGNED',
  de: 'DECIMAL(20,6)',
  fl: 'FLOAT',
  db: 'DOUBLE',
  bt: 'BIT(17)',
  ye: 'YEAR',
  da: 'DATE',
  dt: 'DATETIME(6)',
  tm: 'TIME(3)',
  ts: 'TIMESTAMP NULL',
  ch: 'CHAR(30) CHARACTER SET utf8mb4',
  vc: 'VARCHAR(300) CHARACTER SET utf8mb4',
  v3: 'VARCHAR(300) CHARACTER SET utf8mb3',
  la: 'VARCHAR(300) CHARACTER SET latin1',
  cy: 'VARCHAR(300) CHARACTER SET cp1251',
  sj: 'VARCHAR(300) CHARACTER SET sjis',
  cp: 'VARCHAR(300) CHARACTER SET cp932',
  gb: 'VARCHAR(300) CHARACTER SET gbk',
  g2: 'VARCHAR(300) CHARACTER SET gb2312',
  g8: 'VARCHAR(300) CHARACTER SET gb18030',
  b5: 'VARCHAR(300) CHARACTER SET big5',
  ek: 'VARCHAR(300) CHARACTER SET euckr',
  uj: 'VARCHAR(300) CHARACTER SET ujis',
  ej: 'VARCHAR(300) CHARACTER SET eucjpms',
  u2: 'VARCHAR(300) CHARACTER SET ucs2',
  u6: 'VARCHAR(300) CHARACTER SET utf16',
  ul: 'VARCHAR(300) CHARACTER SET utf16le',
  u3: 'VARCHAR(300) CHARACTER SET utf32',
  bn: 'BINARY(12)',
  vb: 'VARBINARY(300)',
  bl: 'BLOB',
  tx: 'TEXT',
  lt: 'LONGTEXT',
  js: 'JSON',
  en: "ENUM('a','b,c','tab\\there','nn')",
  se: "SET('x','y\\\\z','0')",
  ge: 'GEOMETRY',
  pt: 'POINT',
  i4: 'INET4',
  i6: 'INET6',
  uu: 'UUID',
} as const
type ColumnName = keyof typeof TYPES
/** What the other server lacks. */
const OF_MARIADB = ['i4', 'i6', 'uu']
const OF_MYSQL = ['g8']
const LACKING = IS_MARIADB ? OF_MYSQL : OF_MARIADB
const NAMES = Object.keys(TYPES).filter(
  (name): name is ColumnName => name in TYPES && !LACKING.includes(name),
)
const BINARY: readonly ColumnName[] = ['bt', 'bn', 'vb', 'bl', 'ge', 'pt']

let admin: Connection
let session: Session
let database: string

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  await admin.query("SET sql_mode = ''")
  await admin.query(`CREATE TABLE t (${NAMES.map(name => `\`${name}\` ${TYPES[name]}`).join(', ')})`)
  for (const row of rows())
    await admin.query(`INSERT INTO t (${NAMES.join(', ')}) VALUES (${row.join(', ')})`)
  session = await openDatabase(serverUrl(database)).connect('batchquery oracle')
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

/** SQL literals for every column: extremes, NULL, and texts full of special characters. */
function rows(): string[][] {
  const numbers: Readonly<Record<string, readonly string[]>> = {
    ti: ['-128', '127', '0'],
    su: ['65535', '0'],
    mi: ['-8388608', '7'],
    i: ['-2147483648', '2147483647'],
    iz: ['42', '0'],
    bi: ['-9223372036854775808', '9223372036854775807'],
    bu: ['18446744073709551615'],
    de: ['-12345678901234.567891', '0.000001'],
    fl: ['1e-30', '-3.4e38', '0.1'],
    db: ['1.7976931348623157e308', '-2.2250738585072014e-308', '0.1'],
    bt: ["b'10001011101010101'", '9', '92'],
    ye: ['1901', '2155', '0'],
    da: ["'0000-00-00'", "'9999-12-31'"],
    dt: ["'2026-02-28 23:59:59.123456'", "'0000-00-00'"],
    tm: ["'-838:59:59.000'", "'00:00:01.5'"],
    ts: ["'2026-11-23 01:02:03'"],
    en: ["'tab\\there'", "'b,c'"],
    se: ["'x,y\\\\z,0'", "''"],
    ge: ["ST_GeomFromText('LINESTRING(0 9,10 92)')"],
    pt: ["ST_GeomFromText('POINT(1 2)')"],
    i4: ["'10.0.0.9'"],
    i6: ["'::1'"],
    uu: ["'123e4567-e89b-12d3-a456-426655440000'"],
    js: [`'{"a\\\\tb": "c\\\\\\\\d\\\\n"}'`, "'[]'"],
    bn: ["X'0009005C0A22'", "X'FFFE'"],
    vb: ["X'00095C0A0D222722F0289F'", "X''", "X'C2A7C3'"],
  }
  const texts = [
    "'a\\tb\\nc\\\\d\\0e'",
    "''",
    `'"quoted", ''single'';'`,
    "'\\\\N'",
    "'NULL'",
    "'0123456789e-.ntrb0ZN'",
    "'\\r\\n\\Z\\b'",
    "_utf8mb4'é§ñüß–€'",
    "_utf8mb4'表ソ十予\\\\能\\t丂'",
    "_utf8mb4'日本語テスト;|§'",
    "_utf8mb4'Привет;Ё'",
    "REPEAT('x,y\\\\z;', 40)",
    "REPEAT('clean text that needs no escape. ', 9)",
    "_utf8mb4'𝄞🎼'",
    "'ntr'",
    "'e-7'",
    "'.5'",
  ]
  const count = texts.length
  return Array.from({ length: count + 1 }, (_, row) =>
    NAMES.map((name, column) => {
      if (row === count || (row * 7 + column) % 11 === 0) return 'NULL'
      const own = numbers[name] ?? texts
      return own[(row + column) % own.length]
    }),
  )
}

const columns = fc.shuffledSubarray([...NAMES], { minLength: 1 })

test("TEXT is the server's own OUTFILE, byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(layouts, columns, async (layout, names) => {
      const query = `SELECT ${names.map(name => `\`${name}\``).join(', ')} FROM t ORDER BY ch, vc, lt`
      const expected = await outfile(admin, query, outfileClauses(layout))
      const { bytes, rowsRead, rowsEnded } = await collect(session, query, { layout })
      if (!bytes.equals(expected)) expect(bytes.toString('latin1')).toBe(expected.toString('latin1'))
      expect(rowsEnded).toBe(rowsRead)
    }),
    { numRuns: cases(150) },
  )
})

test('so it is with CHARACTER SET, binary columns left out', async () => {
  const names = columns
    .map(chosen => chosen.filter(name => !BINARY.includes(name)))
    .filter(chosen => chosen.length > 0)
  const sets = fc.constantFrom('utf8mb4', 'utf8mb3', 'latin1')
  await fc.assert(
    fc.asyncProperty(layouts, names, sets, async (layout, chosen, characterSet) => {
      const query = `SELECT ${chosen.map(name => `\`${name}\``).join(', ')} FROM t ORDER BY ch, vc, lt`
      const expected = await outfile(admin, query, `CHARACTER SET ${characterSet} ${outfileClauses(layout)}`)
      const { bytes } = await collect(session, query, { layout, characterSet })
      expect(bytes.equals(expected)).toBe(true)
    }),
    { numRuns: cases(75) },
  )
})
