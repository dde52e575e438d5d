import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BlockPool } from '../../../src/format/index.ts'
import { cases } from '../../setup/chance.ts'
import { layouts } from '../../unit/format/arbitraries.ts'
import { TYPES } from './every-type.ts'
import { collect, open, outfile, streamOptions } from './fixture.ts'

const digits = (length: number) => Buffer.alloc(length, '0123456789').toString()

/** The oracle: DuckDB's own CAST AS VARCHAR of every column, read through its driver. */
async function printed(expressions: readonly string[]): Promise<(string | null)[]> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const casts = expressions.map(expression => `CAST(${expression} AS VARCHAR)`)
  const [row] = await (await connection.run(`SELECT ${casts.join(', ')}`)).getRowsJS()
  connection.closeSync()
  instance.closeSync()
  return row.map(value => (value === null ? null : String(value)))
}

test("the export of the article's table has the right bytes", async () => {
  const session = await open()
  const rows = Array.from({ length: 10 }, (_, at) => {
    const number = String(at + 1).padStart(2, '0')
    return [at + 1, at === 8 ? 'AAAAAAAA08' : `AAAAAAAA${number}`, `BBBBBBBB${number}`]
  })
  await session.execute('CREATE TABLE table1 (id INTEGER, attr1 VARCHAR(10), attr2 VARCHAR(10))', 0)
  const values = rows.map(([id, a, b]) => `(${id}, '${a}', '${b}')`)
  expect(await session.execute(`INSERT INTO table1 VALUES ${values.join(', ')}`, 0)).toMatchObject({
    affectedRows: 10,
  })
  const { text, rowsRead, rowsEnded } = await collect(session, 'SELECT * FROM table1')
  expect(text.toString()).toBe(rows.map(row => `${row.join('\t')}\n`).join(''))
  expect([rowsRead, rowsEnded]).toEqual([10, 10])
})

test("every type has DuckDB's own text, with the escapes of OUTFILE", async () => {
  const session = await open()
  const expressions = TYPES.map(([, expression]) => expression)
  const kinds = TYPES.map(([kind]) => kind)
  const values = await printed(expressions)
  const row = `SELECT ${expressions.join(', ')}`
  const { text } = await collect(
    session,
    `${row} UNION ALL SELECT ${expressions.map(() => 'NULL').join(', ')}`,
  )
  expect(text.toString('latin1')).toBe(outfile(kinds, [values, values.map(() => null)]).toString('latin1'))

  const stream = await session.stream(row, streamOptions({ characterSet: 'utf8mb4', header: true }))
  expect(stream.columns.map(column => column.kind)).toEqual(kinds)
  // The preview of a statement shows the same text.
  expect((await session.execute(row, 1)).results[0]?.rows).toEqual([values])
})

test('every FIELDS and LINES option has the output of the reference', async () => {
  const session = await open()
  const kinds = ['number', 'string', 'string', 'number'] as const
  const rows = [
    ['-1', 'a\tb\nc\\d\0e"f\'g,h;i', 'é表🦆', '1.50'],
    [null, '', '\\N', null],
    ['0', 'NULL', '\\'.repeat(5), '0.00'],
    ['12345', 'ntrb0ZN\r\n\t\t', digits(300), '-99.99'],
  ]
  const literal = (value: string | null) =>
    value === null ? 'NULL' : `'${value.replaceAll("'", "''").replaceAll('\0', "' || chr(0) || '")}'`
  const selects = rows.map(
    ([a, b, c, d]) =>
      `SELECT ${literal(a)}::INTEGER, ${literal(b)}, ${literal(c)}, ${literal(d)}::DECIMAL(6, 2)`,
  )
  await fc.assert(
    fc.asyncProperty(layouts, async layout => {
      const { text, rowsEnded, rowsRead } = await collect(session, selects.join(' UNION ALL '), { layout })
      expect(text.toString('latin1')).toBe(outfile(kinds, rows, layout).toString('latin1'))
      expect([rowsRead, rowsEnded]).toEqual([4, 4])
    }),
    { numRuns: cases(150) },
  )
})

const COMMA = { fieldsTerminatedBy: Buffer.from(','), enclosedBy: Buffer.from('"') }

test.each([
  ['as it is', {}, (value: string) => value],
  ['recoded', COMMA, (value: string) => `"${value.replaceAll('\\\t', '\t')}"`],
])('values and rows may be larger than a block, %s', async (_name, layout, written) => {
  const session = await open()
  const separator = layout === COMMA ? ',' : '\t'
  for (const length of [1_000_000, 20_000_000]) {
    const sql = `SELECT 1::VARCHAR, repeat('0123456789', ${length / 10}), repeat('é' || chr(9), ${length / 10}), 'x' FROM range(2)`
    const { text, rowsRead, rowsEnded } = await collect(session, sql, { layout })
    const row = ['1', digits(length), 'é\\\t'.repeat(length / 10), 'x'].map(written).join(separator)
    expect(text.equals(Buffer.from(`${row}\n`.repeat(2)))).toBe(true)
    expect([rowsRead, rowsEnded]).toEqual([2, 2])
  }
})

test.each([
  ['as it is', {}, 'id\tfiller\n'],
  ['recoded', { enclosedBy: Buffer.from("'") }, "'id'\t'filler'\n"],
])('parts have whole rows and keep to the limit, header included; %s', async (_name, layout, header) => {
  const session = await open()
  const sql = "SELECT i AS id, repeat('x', (i * 7919 % 300)::INT) AS filler FROM range(20000) t(i)"
  const whole = await collect(session, sql, { layout })
  const stream = await collect(session, sql, {
    layout,
    header: true,
    maxPartBytes: 100_000,
    pool: new BlockPool(16_384, 3),
  })
  expect(stream.text.equals(whole.text)).toBe(true)
  expect(stream.rowsEnded).toBe(20_000)
  expect(stream.parts.length).toBeGreaterThan(30)
  for (const part of stream.parts.slice(0, -1)) {
    expect(part.at(-1)).toBe(10)
    expect(part.length).toBeLessThanOrEqual(100_000 - header.length)
    expect(part.length).toBeGreaterThan(99_000)
  }
})

test.each([
  ['a comment at the end', 'SELECT 1 -- one'],
  ['a semicolon and a comment', 'SELECT 1; -- one'],
  ['WITH', 'WITH x AS (SELECT 1 AS v) SELECT * FROM x'],
  ['VALUES', 'VALUES (1)'],
  ['FROM first', 'FROM range(1, 2)'],
  ['parentheses', '(SELECT 1)'],
  ['a subquery alias of ours', 'SELECT t.c0 FROM (SELECT 1 AS c0) t'],
  ['quotes', "SELECT length('''')"],
])('the text of a query may have %s', async (_name, sql) => {
  const session = await open()
  expect((await collect(session, sql)).text.toString()).toBe('1\n')
})

test('macros of the database have no effect when they have the names of functions that we use', async () => {
  const session = await open()
  for (const macro of [
    "replace(a, b, c) AS 'shadow'",
    'contains(a, b) AS FALSE',
    "query(q) AS TABLE SELECT 'shadow'",
  ])
    await session.execute(`CREATE MACRO ${macro}`, 0)
  expect((await collect(session, "SELECT E'a\\tb'")).text.toString()).toBe('a\\\tb\n')
})

test('columns may have equal names, none, or reserved words', async () => {
  const session = await open()
  const stream = await session.stream(
    'SELECT 1 AS a, 2 AS a, 3 + 4, 5 AS "select", 6 AS "tab\t"',
    streamOptions({ header: true, pool: new BlockPool(4096, 2) }),
  )
  expect(Buffer.from(stream.partStart).toString()).toBe('a\ta\t(3 + 4)\tselect\ttab\\\t\n')
  const blocks: string[] = []
  for await (const block of stream) blocks.push(Buffer.from(block.bytes).toString())
  expect(blocks).toEqual(['1\t2\t7\t5\t6\n'])
})

test('a result may have no rows, or a thousand columns', async () => {
  const session = await open()
  expect(await collect(session, 'SELECT 1 WHERE FALSE')).toMatchObject({
    rowsRead: 0,
    rowsEnded: 0,
    parts: [Buffer.alloc(0)],
  })
  const columns = Array.from({ length: 1000 }, (_, at) => (at % 2 === 0 ? 'i' : `'a\\b${at}'`))
  const wide = await collect(session, `SELECT ${columns.join(', ')} FROM range(300) t(i)`)
  const line = (row: number) => columns.map((_, at) => (at % 2 === 0 ? row : `a\\\\b${at}`)).join('\t')
  expect(wide.text.toString()).toBe(Array.from({ length: 300 }, (_, row) => `${line(row)}\n`).join(''))
})

test('many rows keep the order of the query', async () => {
  const session = await open()
  await session.execute('CREATE TABLE numbers AS SELECT i FROM range(1000000) t(i)', 0)
  const numbers = Array.from({ length: 1_000_000 }, (_, at) => at)
  const text = (values: readonly number[]) => Buffer.from(`${values.join('\n')}\n`)
  const stored = await collect(session, 'FROM numbers')
  expect(stored.text.equals(text(numbers))).toBe(true)
  expect([stored.rowsRead, stored.rowsEnded]).toEqual([1_000_000, 1_000_000])
  const turned = await collect(session, 'SELECT i FROM numbers ORDER BY i DESC')
  expect(turned.text.equals(text(numbers.toReversed()))).toBe(true)
})
