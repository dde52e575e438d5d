import { expect, test } from 'vitest'
import { explicitReads } from './explicit-reads.ts'
import { between, openSessions, parallelRead, ROWS, storedFiles, world } from './fixture.ts'

const declared = Promise.resolve()

test('the readers read each range once, and their rows are one result', async () => {
  const here = await world()
  const reads = explicitReads({ where: between(5_000, 9_000, 15_000), estimatedRows: ROWS })
  const read = parallelRead(here, reads)
  const staged = await read.stage(declared)
  expect(staged).toMatchObject({ rows: ROWS, level: 'snapshot', moment: 'moment of the test' })
  expect(staged.parts.map(({ token, rows }) => [token.key, rows])).toEqual([
    ['out/r.part_00100_00000', 4_999],
    ['out/r.part_00200_00000', 4_000],
    ['out/r.part_00300_00000', 6_000],
    ['out/r.part_00400_00000', 5_001],
  ])
  expect(here.counted).toEqual({ rows: ROWS, bytes: staged.bytes, parts: 4 })
  expect(here.opened).toHaveLength(3)
  expect(here.closed.toSorted()).toEqual(here.opened.map(({ id }) => id).toSorted())
  expect(here.ranges.at(-1)).toEqual({ done: 4, all: 4, expectedRows: ROWS })
  await expect.poll(() => openSessions(here)).toEqual([])
  expect(storedFiles(here)).toHaveLength(4)
  await read.abort()
  expect(storedFiles(here)).toEqual([])
  expect(here.warnings).toEqual([])
  expect(reads.closed()).toBe(1)
})
