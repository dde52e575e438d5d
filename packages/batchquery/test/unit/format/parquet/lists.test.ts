import { expect, test } from 'vitest'
import { readFooter } from '../../../../src/format/parquet/index.ts'
import { Random } from './random.ts'
import { NULL_PATTERNS, sampleRows } from './sample-columns.ts'
import { LIST_COLUMNS, REQUIRED_COLUMNS } from './sample-lists.ts'
import { SMALL_PAGES } from './tables.ts'
import { firstDifference } from './witnesses.ts'
import { checkPages, readerOf, writeFile } from './write-file.ts'

const SAMPLED = [...LIST_COLUMNS, ...REQUIRED_COLUMNS]
const COLUMNS = SAMPLED.map(({ column }) => column)

test.each(NULL_PATTERNS)('both witnesses read lists and required columns (NULLs: %s)', async pattern => {
  const samples = sampleRows(600, pattern, new Random(), SAMPLED)
  const rows = samples.map(row => row.map(sample => sample?.wire ?? null))
  for (const limits of [undefined, SMALL_PAGES]) {
    const file = await writeFile(COLUMNS, rows, {
      codec: 'SNAPPY',
      groupBytes: 300_000,
      batches: [100, 1, 57, 400, 3],
      limits,
    })
    expect(await firstDifference(file, COLUMNS, samples)).toBe(null)
    const footer = await readFooter(file.length, readerOf(file))
    expect(footer.rows).toBe(600)
    checkPages(footer, file, 1000)
  }
})
