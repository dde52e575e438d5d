import { expect, test } from 'vitest'
import { readRecord } from '../matrix/record.ts'
import { runMatrix } from '../matrix/run-matrix.ts'
import { installed } from './witness.ts'

test("batchquery's column of docs/types.md is what it does", async () => {
  const { outcomes } = await runMatrix({ tools: ['batchquery'], packages: installed('python') })
  const { outcomes: recorded } = readRecord()
  const column = (found: typeof outcomes) =>
    Object.fromEntries(Object.entries(found).map(([key, byTool]) => [key, byTool.batchquery]))
  expect(column(outcomes), 'npm run matrix -- --only batchquery records what has changed').toEqual(
    column(recorded),
  )
})
