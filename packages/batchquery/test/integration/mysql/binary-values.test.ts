import fc from 'fast-check'
import type { Connection } from 'mysql2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { ask } from '../../../src/database/mysql/ask.ts'
import { textWriter } from '../../../src/format/wire-text.ts'
import { cases } from '../../setup/chance.ts'
import { freshDatabase, isMariadb } from '../../setup/mariadb-client.ts'
import { fileBy, rawRowsBy } from './raw-rows.ts'
import { connected } from './recorded-answer.ts'
import { openDatabase, serverUrl } from './session.ts'
import { CASES, fill, OF_MARIADB, types } from './typed-cases.ts'

/* The values of the binary protocol are those of the text protocol, which is exact for all types but FLOAT. */

let session: Session
let connection: Connection
let used: typeof CASES

beforeAll(async () => {
  const database = await freshDatabase()
  session = await openDatabase(serverUrl(database)).connect('batchquery binary-values')
  connection = await connected()
  await ask(connection, `USE ${database}`)
  const settings = ["SET sql_mode = ''", "SET time_zone = '+00:00'"]
  for (const setting of settings) await session.execute(setting, 0)
  for (const setting of [...settings, 'SET character_set_results = NULL']) await ask(connection, setting)
  used = (await isMariadb()) ? { ...CASES, ...OF_MARIADB } : CASES
})

afterAll(async () => {
  connection.destroy()
  await session.close()
})

/** The texts of a result by both protocols, those of the binary one as our own code makes them. */
async function textsOf(sql: string) {
  const text = await rawRowsBy(connection, sql, 'text')
  const binary = await rawRowsBy(connection, sql, 'binary')
  const writers = binary.columns.map(textWriter)
  const written = binary.rows.map(row =>
    row.map((value, column) => {
      const writer = writers[column]
      if (value === null || writer === null) return value
      const out = Buffer.alloc(writer.mostBytes)
      const end = writer.write(value, 0, value.length, out, 0)
      expect(end).toBeGreaterThan(0)
      return out.subarray(0, end)
    }),
  )
  const named = (rows: readonly (readonly (Buffer | null)[])[]) =>
    rows.map(row =>
      Object.fromEntries(row.map((value, at) => [text.columns[at].name, value?.toString('latin1') ?? null])),
    )
  return { text: named(text.rows), binary: named(written), wires: binary.columns.map(({ wire }) => wire) }
}

async function sameFile(sql: string): Promise<void> {
  const [text, binary] = [await fileBy(connection, sql, 'text'), await fileBy(connection, sql, 'binary')]
  expect(binary.equals(text)).toBe(true)
}

const ZERO_DATES = { zd: 'DATE', zt: 'DATETIME(3)', zs: 'TIMESTAMP(2) NULL', zn: 'DATETIME' }

test('every type has the same text and the same file by both protocols', async () => {
  const all = Object.values(used)
  const rows = Array.from({ length: 30 }, (_, row) =>
    all.map(([, , values], column) => [...values, 'NULL'][(row + column) % (values.length + 1)]),
  )
  await fill(session, 'every_type', types(used), rows)
  const { text, binary, wires } = await textsOf('SELECT * FROM every_type ORDER BY id')
  expect(binary).toEqual(text)
  expect(new Set(wires)).toEqual(
    new Set(['le8', 'le16', 'le32', 'le64', 'leDouble', 'leDate', 'leTime', 'text', 'raw', 'mysqlGeometry']),
  )
  await sameFile('SELECT * FROM every_type ORDER BY id')
})

test('zero and partial dates have the same text and the same NULLs by both protocols', async () => {
  await fill(session, 'zero_dates', ZERO_DATES, [
    ["'0000-00-00'", "'0000-00-00'", "'0000-00-00'", "'0000-00-00'"],
    ["'2024-02-00'", "'2024-00-10 11:12:13.5'", 'NULL', "'2024-00-00 00:00:01'"],
    ["'2024-00-00'", "'2024-02-01'", "'2024-02-01'", "'0000-01-01'"],
    ["'0000-12-31'", "'2024-02-01 00:00:00.001'", "'2024-02-01 00:00:01'", "'2024-02-01 01:00:00'"],
  ])
  const { text, binary } = await textsOf('SELECT * FROM zero_dates ORDER BY id')
  expect(binary).toEqual(text)
  await sameFile('SELECT * FROM zero_dates ORDER BY id')
})

test('expressions have the same text by both protocols', async () => {
  const columns = {
    n: 'INT',
    z: 'INT(7) ZEROFILL',
    y: 'YEAR',
    d: 'DOUBLE(10,2)',
    t: 'TIME(3)',
    e: 'DATETIME(6)',
  }
  await fill(session, 'expressions', columns, [
    ['1', '2', '0', '1.25', "'10:11:12.5'", "'2024-02-03 04:05:06.789'"],
    ['-5', '99999999', '1999', '-0.005', "'-838:59:59'", "'1999-01-01'"],
    ['NULL', 'NULL', 'NULL', 'NULL', 'NULL', 'NULL'],
  ])
  const expressions = [
    ...['n + 1', 'z + 0', 'z', 'y', 'y + 0', 'd', 'd * 3', 'd / 3', 'AVG(d) OVER ()', 'n = 1', 'n IS NULL'],
    ...[
      'COALESCE(z, 1)',
      'IFNULL(y, 0)',
      'MAX(y) OVER ()',
      'MAX(z) OVER ()',
      'MAX(t) OVER ()',
      'MAX(d) OVER ()',
    ],
    ...["TIMEDIFF('10:00:00.5', '11:00:00')", 'SEC_TO_TIME(n)', 'SEC_TO_TIME(n / 3)', 'TIME(e)', 'DATE(e)'],
    ...[
      'ADDTIME(t, t)',
      'e + INTERVAL 1 MICROSECOND',
      'e + INTERVAL 1 DAY',
      'MAKETIME(n, 1, 2.5)',
      'NOW() - NOW()',
    ],
    ...[
      'UNIX_TIMESTAMP(e)',
      'POW(n, 30)',
      'POW(10, n)',
      'EXP(n)',
      '1e15 + n',
      '1e14 + n',
      '1e15 + 0.5e0',
      '1e-15 * n',
    ],
    ...[
      '1e-16 * n',
      '0e0 * n',
      'PI()',
      'n / 7e0',
      'ROUND(n / 7e0, 3)',
      "CAST('-0' AS DOUBLE) * n",
      'COUNT(*) OVER ()',
    ],
    ...[
      'BIT_COUNT(n)',
      '~n',
      'n << 3',
      'CAST(n AS UNSIGNED)',
      'NULL',
      '0.1e0 + 0.2e0',
      'FORMAT(n, 2)',
      'INET_ATON(n)',
    ],
    ...[
      'YEAR(e)',
      'MICROSECOND(e)',
      'CAST(n AS TIME)',
      'CAST(e AS DATE)',
      'TIMESTAMP(e)',
      'LEAST(e, e)',
      'n DIV 2',
    ],
  ]
  const select = expressions.map((expression, at) => `${expression} AS v${at}`).join(', ')
  const { text, binary } = await textsOf(`SELECT ${select} FROM expressions ORDER BY id`)
  expect(binary).toEqual(text)
})

test('random doubles have the same text by both protocols', async () => {
  const doubles = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
    minLength: 1,
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(doubles, async values => {
      const select = values.map((value, at) => `${value.toExponential()} AS v${at}`).join(', ')
      const { text, binary } = await textsOf(`SELECT ${select}`)
      expect(binary).toEqual(text)
    }),
    { numRuns: cases(50) },
  )
})

test('random tables have the same file by both protocols', async () => {
  const table = fc.record({
    columns: fc.uniqueArray(fc.constantFrom(...Object.keys(CASES)), { minLength: 1, maxLength: 20 }),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
    rows: fc.integer({ min: 0, max: 700 }),
    nulls: fc.constantFrom(0, 1, 2, 5),
  })
  let number = 0
  await fc.assert(
    fc.asyncProperty(table, async ({ columns, picks, rows, nulls }) => {
      const chosen = Object.fromEntries(columns.map(name => [name, CASES[name]]))
      const name = `random_${number++}`
      const pick = (row: number, at: number): number => picks[(row * 7 + at * 3 + (row >> 4)) % picks.length]
      const made = Array.from({ length: rows }, (_, row) =>
        Object.values(chosen).map(([, , values], at) =>
          nulls > 0 && pick(row, at + 1) % 6 < nulls ? 'NULL' : values[pick(row, at) % values.length],
        ),
      )
      await fill(session, name, types(chosen), made)
      await sameFile(`SELECT * FROM ${name} ORDER BY id`)
    }),
    { numRuns: cases(15) },
  )
})
