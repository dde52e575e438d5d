import { describe, expect, test } from 'vitest'
import { testSeed } from '../setup/chance.ts'
import { NULL_PATTERNS } from '../unit/format/parquet/sample-columns.ts'
import { ALL_COLUMNS, columnsOf, SMALL_PAGES, samplesOf, type Table } from '../unit/format/parquet/tables.ts'
import { problemsOf } from './expected.ts'
import { useWitnesses } from './fixture.ts'

const CODECS = ['NONE', 'SNAPPY', 'GZIP', 'ZSTD'] as const
const fixture = useWitnesses()

const tableOf = (table: Partial<Table>): Table => ({
  seed: testSeed(),
  columns: ALL_COLUMNS,
  rows: 1200,
  pattern: 'none',
  codec: 'NONE',
  groupBytes: 150_000,
  batches: [100, 1, 57, 400, 3],
  blockBytes: 10_000,
  ...table,
})

/** Everything that the witnesses find wrong. */
async function problems(table: Table, predicates = false): Promise<readonly string[]> {
  const replies = await fixture().witnesses.ask({
    path: await fixture().files.write(table),
    values: true,
    statistics: true,
    predicates,
  })
  const [columns, samples] = [columnsOf(table), samplesOf(table)]
  return replies.flatMap(([name, reply]) =>
    problemsOf(reply, columns, samples).map(problem => `${name}: ${problem}`),
  )
}

describe.each(CODECS)('with %s', codec => {
  test.each(NULL_PATTERNS)('the witnesses read the values that were written (NULLs: %s)', async pattern => {
    expect(await problems(tableOf({ codec, pattern }))).toEqual([])
  })
})

test.each(NULL_PATTERNS)('the witnesses read small pages and groups (NULLs: %s)', async pattern => {
  const table = tableOf({ pattern, codec: 'SNAPPY', groupBytes: 100_000, limits: SMALL_PAGES })
  expect(await problems(table)).toEqual([])
})

test.each([
  ['none', 'SNAPPY'],
  ['random', 'ZSTD'],
  ['runs', 'GZIP'],
] as const)('pushed-down predicates find the right rows (NULLs: %s, %s)', async (pattern, codec) => {
  const table = tableOf({ rows: 900, pattern, codec, groupBytes: 60_000, limits: SMALL_PAGES })
  expect(await problems(table, true)).toEqual([])
})
