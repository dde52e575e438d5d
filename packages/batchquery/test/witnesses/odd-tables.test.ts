import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ParquetColumn } from '../../src/format/parquet/index.ts'
import { ODD_TABLES, writeOdd } from '../unit/format/parquet/odd-tables.ts'
import { writeFile } from '../unit/format/parquet/write-file.ts'
import { problemsOf } from './expected.ts'
import { TableFiles } from './table-files.ts'
import { Witnesses } from './witness.ts'

let files: TableFiles
let witnesses: Witnesses

beforeAll(async () => {
  files = await TableFiles.start()
  witnesses = new Witnesses()
})

afterAll(async () => {
  witnesses.close()
  await files.close()
})

const TABLES = ODD_TABLES.map((make, index) => [index, make] as const)

test.each(TABLES)('the witnesses read odd table %i as it was written', async (_, make) => {
  const table = make()
  const path = files.keep(await writeOdd(table))
  const predicates = table.columns.length < 50
  for (const [name, reply] of await witnesses.ask({ path, values: true, statistics: true, predicates }))
    expect(problemsOf(reply, table.columns, table.samples), `${name}: ${table.what}`).toEqual([])
})

test('the witnesses read a column without a name', async () => {
  const columns: ParquetColumn[] = [{ name: '', type: { kind: 'string' }, wire: 'raw' }]
  const path = files.keep(await writeFile(columns, [[Buffer.from('v')]]))
  for (const [, { names, values }] of await witnesses.ask({
    path,
    values: true,
    statistics: true,
    predicates: false,
  })) {
    expect(names).toEqual([''])
    expect(values).toEqual([['v']])
  }
})
