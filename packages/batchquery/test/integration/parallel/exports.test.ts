import { describe, expect, test } from 'vitest'
import type { StagedExport } from '../../../src/journal/index.ts'
import { BUCKET, exported, type Given, openSessions, ROWS, type World, world } from './fixture.ts'

/** The lines of all parts, sorted. */
async function sortedLines({ store }: World, { parts }: StagedExport): Promise<string[]> {
  const texts = await Promise.all(
    parts.map(async ({ token }) =>
      Buffer.from((await store.read({ bucket: BUCKET, key: token.key }))?.bytes ?? []).toString(),
    ),
  )
  return texts.join('').split('\n').sort()
}

const run = async (here: World, given: Given): Promise<StagedExport> => (await exported(here, given)).staged

describe.each(['postgres'] as const)('%s', dialect => {
  test.each(['TEXT', 'CSV', 'JSON'] as const)(
    'exports the same rows as %s as one session does',
    async format => {
      const here = await world(dialect)
      const single = await run(here, { parallel: null, clauses: { format, overwrite: 'ON' } })
      const expected = await sortedLines(here, single)
      const staged = await run(here, { clauses: { format, overwrite: 'ON' } })
      expect(staged).toMatchObject({ rows: ROWS, bytes: single.bytes, level: 'snapshot' })
      expect(staged.moment).toMatch(/^snapshot /)
      expect(await sortedLines(here, staged)).toEqual(expected)
      const keys = staged.parts.map(({ token }) => token.key)
      expect(keys.length).toBeGreaterThan(1)
      expect(keys).toEqual(keys.toSorted())
      await expect.poll(() => openSessions(here)).toEqual([])
      expect(here.warnings).toEqual([])
    },
  )
})
