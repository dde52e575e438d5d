import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { open } from '../integration/duckdb/fixture.ts'
import { parquetFile } from '../integration/duckdb/parquet-file.ts'
import { useWitnesses } from './fixture.ts'
import { installed } from './witness.ts'

const fixture = useWitnesses()

/** Columns, and the JSON that readers must find in the file, as an expression of DuckDB. */
const COLUMNS: readonly (readonly [name: string, value: string, json: string])[] = [
  ['s', "{'a': i, 'b': ['x' || i, NULL], 'select': NULL::INTEGER}", 'to_json(s)'],
  ['l', '[[i, NULL], [], NULL]', 'to_json(l)'],
  ['e', '[]::VARCHAR[]', 'to_json(e)'],
  ['m', "MAP {'k' || i: i, 'null': NULL}", 'to_json(map_entries(m))'],
  [
    'd',
    `{'d': ('-${'9'.repeat(28)}.' || lpad(i::VARCHAR, 10, '0'))::DECIMAL(38,10)}`,
    'to_json(d::STRUCT(d VARCHAR))',
  ],
  ['t', '[1.10::DECIMAL(4,2), -0.01]', 'to_json(t::VARCHAR[])'],
  ['r', "['\\x00\\xFF'::BLOB, ''::BLOB, NULL]", 'to_json(list_transform(r, lambda x: hex(x)))'],
  ['w', "[DATE '2000-02-29' + i::INTEGER]", 'to_json(w)'],
  ['n', 'make_timestamp_ns(i * 1000003 + 1)', 'to_json(epoch_ns(n))'],
  [
    'u',
    "CASE WHEN i % 2 = 0 THEN union_value(num := i) ELSE 'x'::UNION(num BIGINT, str VARCHAR) END",
    "to_json({'tag': union_tag(u)::VARCHAR, 'num': union_extract(u, 'num'), 'str': union_extract(u, 'str')})",
  ],
  ['h', "{'h': 170141183460469231731687303715884105727::HUGEINT}", 'to_json(h::STRUCT(h VARCHAR))'],
  [
    'f',
    "{'a': {'b': {'c': {'d': [MAP {1: [true, NULL]}]}}}}",
    "to_json({'a': {'b': {'c': {'d': [map_entries(f.a.b.c.d[1])]}}}})",
  ],
]

test('pyarrow and parquet-java read nested values as DuckDB has them', async () => {
  const session = await open()
  const columns = COLUMNS.map(([name, value]) => `CASE WHEN i % 7 = 3 THEN NULL ELSE ${value} END AS ${name}`)
  await session.execute(`CREATE TABLE t AS SELECT ${columns.join(', ')} FROM range(5000) t(i)`, 0)
  const file = await parquetFile(session, 'SELECT * FROM t')
  const path = fixture().files.keep(file)
  const { results } = await session.execute(
    `SELECT ${COLUMNS.map(([name, , json]) => `CASE WHEN ${name} IS NULL THEN NULL ELSE ${json} END AS ${name}`).join(', ')} FROM t`,
    5000,
  )
  const wanted = results[0].rows.map(row =>
    Object.fromEntries(
      row.map((json, column) => [COLUMNS[column][0], json === null ? null : JSON.parse(json)]),
    ),
  )
  const options = { encoding: 'utf8', maxBuffer: 1 << 28 } as const
  const pyarrow = execFileSync('python3', [join(import.meta.dirname, 'nested_rows.py'), path], {
    ...options,
    env: { ...process.env, PYTHONPATH: installed('python') },
  })
  const source = join(import.meta.dirname, 'java', 'NestedRows.java')
  const java = execFileSync('java', ['-cp', join(installed('java'), '*'), source, path], options)
  for (const text of [pyarrow, java]) {
    const rows: unknown[] = JSON.parse(text, (_key, value) => withTag(value))
    expect(rows).toEqual(wanted)
  }
})

/** The tag of a UNION has no name in the file, and is a number. */
function withTag(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('' in value)) return value
  const { '': tag, ...members } = value
  return { tag: ['num', 'str'][Number(tag)], ...members }
}
