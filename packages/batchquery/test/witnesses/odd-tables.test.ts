import { expect, test } from 'vitest'
import type { ParquetColumn } from '../../src/format/parquet/index.ts'
import { ODD_TABLES, writeOdd } from '../unit/format/parquet/odd-tables.ts'
import { writeFile } from '../unit/format/parquet/write-file.ts'
import { problemsOf } from './expected.ts'
import { useWitnesses } from './fixture.ts'

const fixture = useWitnesses()

test.each(Object.entries(ODD_TABLES))('the witnesses read a table of %s', async (_, make) => {
  const table = make()
  const path = fixture().files.keep(await writeOdd(table))
  const predicates = table.columns.length < 50 && table.isByValue !== true
  for (const [name, reply] of await fixture().witnesses.ask({
    path,
    values: true,
    statistics: true,
    predicates,
  }))
    expect(problemsOf(reply, table.columns, table.samples), name).toEqual([])
})

test('the witnesses read a column without a name', async () => {
  const columns: ParquetColumn[] = [{ name: '', type: { kind: 'string' }, wire: 'raw' }]
  const path = fixture().files.keep(await writeFile(columns, [[Buffer.from('v')]]))
  for (const [, { names, values }] of await fixture().witnesses.ask({
    path,
    values: true,
    statistics: true,
    predicates: false,
  })) {
    expect(names).toEqual([''])
    expect(values).toEqual([['v']])
  }
})
