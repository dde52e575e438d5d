import { rmSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cases } from '../setup/chance.ts'
import { columnsOf, randomTables, samplesOf } from '../unit/format/parquet/tables.ts'
import { problemsOf } from './expected.ts'
import { useWitnesses } from './fixture.ts'

const fixture = useWitnesses()

test('the witnesses read random tables as they were written', async () => {
  await fc.assert(
    fc.asyncProperty(randomTables(['NONE', 'SNAPPY', 'GZIP', 'ZSTD']), async table => {
      const path = await fixture().files.write(table)
      // Predicates take as long as everything else together.
      const predicates = table.rows < 500 && table.seed % 8 === 0
      const replies = await fixture().witnesses.ask({ path, values: true, statistics: true, predicates })
      for (const [name, reply] of replies)
        expect(problemsOf(reply, columnsOf(table), samplesOf(table)), name).toEqual([])
      rmSync(path)
    }),
    { numRuns: cases(60) },
  )
})
