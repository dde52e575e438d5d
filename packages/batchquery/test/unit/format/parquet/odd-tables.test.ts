import { expect, test } from 'vitest'
import { ODD_TABLES, writeOdd } from './odd-tables.ts'
import { DuckdbWitness, firstDifference } from './witnesses.ts'
import { type Row, writeFile } from './write-file.ts'

const TABLES = ODD_TABLES.map((make, index) => [index, make] as const)

test.each(TABLES)('DuckDB and hyparquet read odd table %i as it was written', async (_, make) => {
  const table = make()
  expect(await firstDifference(await writeOdd(table), table.columns, table.samples), table.what).toBe(null)
})

test('a file may have a column without a name', async () => {
  const file = await writeFile([{ name: '', type: { kind: 'string' }, wire: 'raw' }], [[Buffer.from('v')]])
  using duckdb = await DuckdbWitness.open(file)
  expect(await duckdb.query('SELECT * FROM FILE')).toEqual([['v']])
})

test('DuckDB, for which NaN is above all numbers, finds NaN beyond the bounds', async () => {
  const rows: Row[] = ['1', '7', 'NaN', null, '-3'].map(value => [value === null ? null : Buffer.from(value)])
  const file = await writeFile([{ name: 'x', type: { kind: 'double' }, wire: 'text' }], rows)
  using duckdb = await DuckdbWitness.open(file)
  await duckdb.query('CREATE TABLE copy AS SELECT * FROM FILE')
  for (const condition of ['x > 7', 'x >= 8', "x = 'NaN'", 'x < 7', 'x <> 1', "x < 'NaN'", 'isnan(x)'])
    expect(await duckdb.query(`SELECT x FROM FILE WHERE ${condition}`), condition).toEqual(
      await duckdb.query(`SELECT x FROM copy WHERE ${condition}`),
    )
})
