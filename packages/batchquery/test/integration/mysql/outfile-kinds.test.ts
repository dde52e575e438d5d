import fc from 'fast-check'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { DEFAULT_TEXT_LAYOUT } from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { layouts, outfileClauses } from './outfile-layouts.ts'
import { collect, openDatabase, outfile, serverUrl } from './session.ts'

/*
 * Few columns, of all kinds that OUTFILE's rules distinguish, so that each rule applies often. The server stops looking at
 * the kinds at the first large column, treats BIT as a number or as a string, and text by its characters.
 */

const COLUMNS = {
  i: 'INT',
  d: 'DECIMAL(6,2)',
  b1: 'BIT(1)',
  b8: 'BIT(8)',
  b24: 'BIT(24)',
  b64: 'BIT(64)',
  vc: 'VARCHAR(60) CHARACTER SET utf8mb4',
  vb: 'VARBINARY(60)',
  lt: 'LONGTEXT CHARACTER SET utf8mb4',
  js: 'JSON',
  m4: 'MEDIUMTEXT CHARACTER SET utf8mb4',
  ms: 'MEDIUMTEXT CHARACTER SET sjis',
  ml: 'MEDIUMTEXT CHARACTER SET latin1',
  mb: 'MEDIUMBLOB',
}
/** Expressions that are not columns, and on some servers no longer have their column's type. */
const EXPRESSIONS = [
  'IF(i > 0, b24, NULL)',
  'COALESCE(b8, b24)',
  '(SELECT MAX(b24) FROM t)',
  'b8 + 0',
  "b'1011100'",
]
const VECTOR_EXPRESSIONS = ['v', 'COALESCE(v, v)', "STRING_TO_VECTOR('[0.5, 2]')"]

/** The protocol does not report the character set of these when the result is converted. */
const MEDIUM = ['m4', 'ml']

let admin: Connection
let session: Session
let database: string
let expressions: readonly string[]

beforeAll(async () => {
  database = await freshDatabase()
  admin = await adminConnection({ database })
  session = await openDatabase(serverUrl(database)).connect('batchquery kinds')
  const { kind, version } = session.server
  const hasVectors = kind === 'mysql' && Number.parseInt(version, 10) >= 9
  const columns = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`)
  await admin.query(
    `CREATE TABLE t (n INT, ${[...columns, ...(hasVectors ? ['v VECTOR(4)'] : [])].join(', ')})`,
  )
  expressions = [...Object.keys(COLUMNS), ...EXPRESSIONS, ...(hasVectors ? VECTOR_EXPRESSIONS : [])]
  await fill(hasVectors)
})

afterAll(async () => {
  await session?.close()
  await admin?.end()
})

/** Rows whose BITs, bytes and texts consist of separators, escapes and digits. */
async function fill(hasVectors: boolean): Promise<void> {
  const bytes = [...Buffer.from('\0\t\n\\",;0123456789.e+-ntrbZN'), 0xa7, 0xc2, 0xff]
  const at = (n: number): string => (bytes[n % bytes.length] ?? 0).toString(16).padStart(2, '0')
  const rows = bytes.map((_, n) => {
    const mixed = [n, n + 5, n + 11, n + 2, n + 17].map(at).join('')
    return [
      ...[
        n,
        (n % 5) - 2,
        `${n % 7}.5`,
        n % 2,
        `0x${at(n)}`,
        `0x${mixed.slice(0, 6)}`,
        `0x${mixed}${at(n + 7)}`,
      ],
      ...[
        "CONCAT('é§日本', CHAR(0x5c, 9, 34 USING utf8mb4), n)",
        `X'${mixed}'`,
        "CONCAT('ntr0.5,\"é§ソ', CHAR(10), n)",
      ],
      `'{"é§日本ソ": "a\\\\\\\\,\\\\"b", "n": ${n}}'`,
      ...["CONCAT('ntr é日', CHAR(9), n)", "CONCAT('表ソ能 n', n)", "CONCAT('é§ ntr0.5', n)", `X'${mixed}'`],
      ...(hasVectors ? [`TO_VECTOR('[${n}, 0.1, -2.5e-7, 9e9]')`] : []),
    ]
  })
  for (const row of rows)
    await admin.query(`INSERT INTO t VALUES (${row.map(String).join(', ').replaceAll('n)', `${row[0]})`)})`)
  await admin.query('INSERT INTO t (n) VALUES (1000)')
}

const chosen = fc
  .array(fc.nat(), { minLength: 1, maxLength: 4 })
  .map(picks => picks.map(pick => expressions[pick % expressions.length]))
const query = (columns: readonly string[]): string =>
  `SELECT ${columns.map((column, at) => `${column} AS c${at}`).join(', ')} FROM t ORDER BY t.n`

test("TEXT is the server's own OUTFILE for every kind of column", async () => {
  await fc.assert(
    fc.asyncProperty(layouts, chosen, async (layout, columns) => {
      const expected = await outfile(admin, query(columns), outfileClauses(layout))
      const { bytes } = await collect(session, query(columns), { layout })
      if (!bytes.equals(expected)) expect(bytes.toString('latin1')).toBe(expected.toString('latin1'))
    }),
    { numRuns: cases(300) },
  )
})

/** Most have characters whose second byte may be a separator. */
const SETS = [
  ...['sjis', 'cp932', 'gbk', 'big5', 'gb2312', 'euckr', 'ujis', 'eucjpms', 'gb18030'],
  ...['utf8mb4', 'latin1', 'latin2', 'cp1251', 'swe7', 'ascii', 'binary'],
]
const NAMES = ['né', '表ソ能', 'a\tb', 'x"y\\z', '予,;|', '丂丄', 'ntr', '5.0']

test("TEXT is the server's own OUTFILE with CHARACTER SET too, also for the names of HEADER", async () => {
  const [rows] = await admin.query<RowDataPacket[]>('SHOW CHARACTER SET')
  const known = rows.map(({ Charset: name }) => String(name))
  const sets = fc.constantFrom(...SETS.filter(name => known.includes(name)))
  const texts = fc.array(fc.constantFrom('vc', 'lt', 'js', 'i', 'd', 'm4', 'ml'), {
    minLength: 1,
    maxLength: 4,
  })
  const names = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })
  const quoted = (name: string): string => `\`${name}\``
  let compared = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(layouts, texts, names, sets, async (layout, columns, named, characterSet) => {
      const clauses = `CHARACTER SET ${characterSet} ${outfileClauses(layout)}`
      const made = await collect(session, query(columns), { layout, characterSet }).catch(
        (error: BatchQueryError) => error,
      )
      // The protocol does not report the character set of such a column.
      if (made instanceof BatchQueryError && columns.some(name => MEDIUM.includes(name))) {
        expect(made.code).toBe('UNSUPPORTED_CLAUSE')
        session = await openDatabase(serverUrl(database)).connect('batchquery kinds')
        refused++
        return
      }
      if (made instanceof Error) throw made
      const { bytes } = made
      const expected = await outfile(admin, query(columns), clauses)
      if (!bytes.equals(expected)) expect(bytes.toString('latin1')).toBe(expected.toString('latin1'))
      compared++
      const header = `SELECT ${named.map(name => `vc AS ${quoted(name)}`).join(', ')} FROM t WHERE FALSE`
      const stream = await collect(session, header, { layout, characterSet, header: true })
      const line = await outfile(admin, `SELECT ${named.map(name => admin.escape(name)).join(', ')}`, clauses)
      expect(stream.header.toString('latin1')).toBe(line.toString('latin1'))
    }),
    { numRuns: cases(150) },
  )
  expect(refused).toBeGreaterThan(0)
  expect(compared).toBeGreaterThan(10 * refused)
})

test.each([['m4'], ['ml']])(
  'an export of %s with CHARACTER SET is refused when the field terminator is ambiguous',
  async column => {
    const own = await openDatabase(serverUrl(database)).connect('batchquery medium')
    const layout = { ...DEFAULT_TEXT_LAYOUT, fieldsTerminatedBy: Buffer.from('t') }
    try {
      await expect(
        collect(own, query([column, 'vc']), { layout, characterSet: 'sjis' }),
      ).rejects.toMatchObject({
        code: 'UNSUPPORTED_CLAUSE',
        message: expect.stringContaining('the MEDIUMTEXT type of column 1,'),
      })
    } finally {
      await own.close()
    }
  },
)
