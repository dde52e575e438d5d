import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  BlockPool,
  type FlatType,
  type FormatPlan,
  NO_FORMAT_CLAUSES,
  planFormat,
} from '../../../src/format/index.ts'
import { PageCheck, readFooter } from '../../../src/format/parquet/index.ts'
import { DuckdbWitness } from '../../unit/format/parquet/witnesses.ts'
import { CODECS } from '../../unit/format/parquet/write-file.ts'
import { collect, open, streamOptions } from './fixture.ts'
import { CHANGED, VALUES } from './nested-values.ts'
import { parquetFile, parquetParts, readBack } from './parquet-file.ts'

const describeFile = (file: Buffer) =>
  readFooter(file.length, (offset, length) => Promise.resolve(file.subarray(offset, offset + length)))

const ALL = [...VALUES, ...CHANGED]
const TABLE = `${['first', 'NULL', 'last']
  .map(
    kind =>
      `SELECT ${ALL.map(([value], k) => `${kind === 'NULL' ? `CASE WHEN false THEN ${value} END` : value} AS c${k}`).join(', ')}`,
  )
  .join(' UNION ALL ')}`

test.each(CODECS)('with %s, DuckDB reads nested values as the query has them', async compression => {
  const file = await parquetFile(await open(), TABLE, { compression })
  const { columns } = await describeFile(file)
  expect(columns.map(({ type }) => type)).toEqual(ALL.map(([, , shown]) => shown))
  using witness = await DuckdbWitness.open(file)
  const described = await witness.query('DESCRIBE FROM FILE')
  expect(described.map(([, type]) => type)).toEqual(ALL.map(([, read]) => read))
  const shown = ALL.map(([, read], k) => `CAST(CAST(c${k} AS ${read}) AS VARCHAR) AS c${k}`).join(', ')
  const [wanted, found] = [`SELECT ${shown} FROM (${TABLE})`, `SELECT ${shown} FROM FILE`]
  expect(await witness.query(`${wanted} EXCEPT ALL ${found}`)).toEqual([])
  expect(await witness.query(`${found} EXCEPT ALL ${wanted}`)).toEqual([])
})

test('a UNION is a STRUCT of its tag and its members', async () => {
  const union = '::UNION(num HUGEINT, str VARCHAR)'
  const sql = `SELECT union_value(num := 5)${union} AS u UNION ALL SELECT union_value(str := 'x')${union} UNION ALL SELECT NULL`
  const file = await parquetFile(await open(), sql)
  expect((await describeFile(file)).columns).toEqual([
    { name: 'u', type: 'STRUCT("" UINT8, num STRING, str STRING)' },
  ])
  using witness = await DuckdbWitness.open(file)
  // The tag has no name, so DuckDB finds the members by their numbers only.
  const rows = await witness.query('SELECT u[1], u[2], u[3], u IS NULL FROM FILE')
  expect(rows).toEqual([
    [0, '5', null, false],
    [1, null, 'x', false],
    [null, null, null, true],
  ])
})

const MANY = 1_000_000
const ORDERED = `SELECT i, {'a': i, 'b': [i, NULL, -i]} AS s, MAP {'k': 'value ' || i} AS m FROM range(${MANY}) t(i)`

test('parts keep to MAXFILESIZE, have all rows in their order, and pass the check of their pages', async () => {
  const session = await open()
  const { parts, rowsEnded, rowsRead } = await parquetParts(session, ORDERED, {
    maxPartBytes: 3_000_000,
    compression: 'SNAPPY',
  })
  expect([rowsEnded, rowsRead]).toEqual([MANY, MANY])
  expect(parts.length).toBeGreaterThan(3)
  let at = 0
  for (const part of parts) {
    expect(part.length).toBeLessThanOrEqual(3_000_000)
    const footer = await describeFile(part)
    const check = new PageCheck(footer)
    check.add(part)
    check.end()
    using witness = await DuckdbWitness.open(part)
    const [[rows, wrong]] = await witness.query(
      `SELECT count(*), count(*) FILTER (i <> file_row_number + ${at} OR s <> {'a': i, 'b': [i, NULL, -i]}
       OR m['k'] <> 'value ' || i) FROM read_parquet(FILE, file_row_number = true)`,
    )
    expect([rows, wrong]).toEqual([BigInt(footer.rows), 0n])
    expect(footer.metadata.has('batchquery.run')).toBe(false)
    at += footer.rows
  }
  expect(at).toBe(MANY)
})

test('an empty result is a file with its columns', async () => {
  using witness = await readBack(await open(), "SELECT [1] AS a, {'x': DATE '2024-01-01'} AS b WHERE false")
  expect((await witness.query('DESCRIBE FROM FILE')).map(([name, type]) => [name, type])).toEqual([
    ['a', 'INTEGER[]'],
    ['b', 'STRUCT(x DATE)'],
  ])
  expect(await witness.query('SELECT count(*) FROM FILE')).toEqual([[0n]])
})

test.each([
  ["'infinity'::TIMESTAMP_NS", 'infinity'],
  ["{'a': ['-infinity'::DATE]}", "{'a': [-infinity]}"],
  ["MAP {1: 'infinity'::TIMESTAMPTZ}", '{1=infinity}'],
  ["MAP {'infinity'::TIMESTAMP_S: 1}", '{infinity=1}'],
  ["[['-infinity'::TIMESTAMP_MS, NULL]]::TIMESTAMP_MS[2][]", '[[-infinity, NULL]]'],
  ["union_value(d := 'infinity'::TIMESTAMP)::UNION(n INTEGER, d TIMESTAMP)", 'infinity'],
])('an export fails when a value is %s', async (expression, text) => {
  const exported = parquetFile(
    await open(),
    `SELECT [1] AS id, NULL AS v UNION ALL SELECT [2], ${expression} UNION ALL SELECT [3], NULL`,
  )
  await expect(exported).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: `column "v", row 2: the value ${JSON.stringify(text)} has an infinite date or timestamp, which Parquet cannot store`,
    hint: expect.stringMatching(/x::VARCHAR in the query/),
  })
})

test('an export fails when a flat date next to a nested column is infinite', async () => {
  const exported = parquetFile(await open(), String.raw`SELECT [1] AS id, DATE 'infinity' AS "v ""\"`)
  await expect(exported).rejects.toMatchObject({
    message: expect.stringContaining(
      String.raw`column "v \"\\", row 1: the value "infinity" has an infinite date`,
    ),
  })
})

const clauses = { ...NO_FORMAT_CLAUSES, format: 'PARQUET' } as const
const plan = planFormat(clauses)
const asked = (column: string, type: FlatType, isRequired = false): FormatPlan => ({
  ...plan,
  types: [{ column, type, isRequired }],
})
const stream = async (sql: string, plan: FormatPlan) => (await open()).stream(sql, streamOptions({ plan }))

test.each([
  [
    'ROWGROUPSIZE',
    planFormat({ ...clauses, rowGroupSize: 8 << 20 }),
    /has no ROWGROUPSIZE/,
    /Remove the clause/,
  ],
  [
    'NOT NULL',
    asked('i', { kind: 'string' }, true),
    /needs a type for each nested column.*: "list"/,
    /TYPES \("list" AS JSON\)/,
  ],
  [
    'an unknown column in TYPES',
    asked('x', { kind: 'json' }),
    /"x", which the result does not have/,
    /"i", "list"/,
  ],
])(
  'a result with a nested column is refused before it runs when the statement has %s',
  async (_name, written, message, hint) => {
    await expect(stream("SELECT error('it ran') AS i, [1] AS list", written)).rejects.toMatchObject({
      code: 'UNSUPPORTED_CLAUSE',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  },
)

test.each([
  [
    'a STRUCT without names',
    "SELECT error('it ran') AS i, [row(1, 2)] AS list",
    /"list" has a STRUCT without field names/,
  ],
  [
    'a GEOMETRY next to it',
    "SELECT error('it ran') AS i, [1] AS list, 'POINT(1 2)'::GEOMETRY AS g",
    /"g" is a GEOMETRY/,
  ],
  [
    'two columns with one name',
    "SELECT error('it ran') AS a, [1] AS a",
    /two columns of the result are named "a"/,
  ],
  ['names that differ in case alone', 'SELECT error(\'it ran\') AS a, [1] AS "A"', /"a" and "A"/],
])('a nested result is refused before it runs when it has %s', async (_name, sql, message) => {
  await expect(stream(sql, plan)).rejects.toMatchObject({
    code: 'UNSUPPORTED_CLAUSE',
    message: expect.stringMatching(message),
  })
})

test('a nested column is JSON when TYPES asks for it', async () => {
  const sql =
    "SELECT 1 AS i, {'h': 170141183460469231731687303715884105727::HUGEINT, 'd': [1.50::DECIMAL(38,2)], 'j': '{\"a\":  1.10}'::JSON} AS s"
  const { parts } = await collect(await open(), sql, { plan: asked('s', { kind: 'json' }) })
  using witness = await DuckdbWitness.open(parts[0])
  expect(await witness.query('SELECT i, s, typeof(s) FROM FILE')).toEqual([
    [1, '{"h":170141183460469231731687303715884105727,"d":[1.50],"j":"{\\"a\\":  1.10}"}', 'JSON'],
  ])
  const failing = collect(await open(), "SELECT ['nan'::FLOAT] AS s", {
    plan: asked('s', { kind: 'json' }),
  })
  await expect(failing).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    message: 'column "s": the value "[nan]" has NaN or infinity, which JSON cannot store',
  })
})

test('an export in a small pool has every byte when its taker is slow', async () => {
  const sql = "SELECT i, {'a': i, 'b': ['x' || i]} AS s FROM range(20000) t(i)"
  const session = await open()
  const whole = await parquetFile(session, sql)
  const rows = await session.stream(
    sql,
    streamOptions({ plan: planFormat({ ...clauses, compression: 'SNAPPY' }), pool: new BlockPool(1024, 2) }),
  )
  const taken: Buffer[] = []
  for await (const block of rows) {
    if (taken.length % 50 === 0) await delay(1)
    taken.push(Buffer.from(block.bytes))
    block.release()
  }
  expect(Buffer.concat(taken).equals(whole)).toBe(true)
  expect(rows.rowsRead).toBe(20_000)
})

test('the rows of an ORDER BY keep their order when DuckDB has several threads', async () => {
  const session = await open()
  await session.execute('SET threads = 4', 0)
  const sql = 'SELECT i, [i] AS list FROM range(400000) t(i) ORDER BY hash(i)'
  const { parts } = await parquetParts(session, sql, { maxPartBytes: 1 << 20 })
  let last = -1n
  for (const part of parts) {
    using witness = await DuckdbWitness.open(part)
    const [[least, most, wrong]] = await witness.query(
      `SELECT min(h), max(h), count(*) FILTER (h < before) FROM (SELECT hash(i) AS h, lag(hash(i)) OVER (ORDER BY file_row_number) AS before
       FROM read_parquet(FILE, file_row_number = true))`,
    )
    expect([BigInt(String(least)) > last, wrong]).toEqual([true, 0n])
    last = BigInt(String(most))
  }
  expect(parts.length).toBeGreaterThan(1)
})

test('a format that prefers text has nested columns as JSON', async () => {
  const session = await open()
  const json: FormatPlan = {
    ...planFormat({ ...NO_FORMAT_CLAUSES, format: 'TEXT' }),
    text: 'typed',
    prefersText: true,
    delimited: null,
  }
  const kinds: unknown[] = []
  const recording: FormatPlan = {
    ...json,
    encoder(columns, output, session, origin) {
      kinds.push(...columns.map(({ exact }) => exact?.type.kind))
      return json.encoder(columns, output, session, origin)
    },
  }
  const sql = `SELECT {'a': [1.5::DECIMAL(3,1), NULL], 'é': 'x"y'} AS s, MAP {1: 'b'} AS m, [255::UHUGEINT] AS l,
    union_value(n := 1) AS u, NULL::INTEGER[] AS nothing, row(1, 2) AS unnamed, 7 AS flat`
  const { text } = await collect(session, sql, { plan: recording })
  expect(text.toString()).toBe(
    `${['{"a":[1.5,null],"é":"x\\\\"y"}', '{"1":"b"}', '[255]', '{"n":1}', '\\N', '(1, 2)', '7'].join('\t')}\n`,
  )
  expect(kinds).toEqual(['json', 'json', 'json', 'json', 'json', 'string', 'int'])
  await expect(
    collect(session, "SELECT {'d': [1, 'inf'::DOUBLE]} AS s", { plan: json }),
  ).rejects.toMatchObject({
    message: expect.stringMatching(/^column "s": the value "\{'d': \[1.0, inf\]\}" has NaN or infinity/),
  })
})
