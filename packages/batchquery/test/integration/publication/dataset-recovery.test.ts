import { describe, expect, test } from 'vitest'
import {
  DAY_2,
  DAYS,
  day,
  EARLIER,
  expectTidy,
  found,
  freshPlace,
  live,
  MANIFEST,
  NO_DAY,
  OTHERS,
  one,
  placeWith,
  sorted,
  type Task,
} from './datasets-fixture.ts'
import { PLACES, reap } from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

describe.each(PLACES)('on %s', (_kind, create) => {
  const DEATHS: readonly (readonly [
    name: string,
    query: string,
    clauses: string,
    gone: readonly string[],
    parts: readonly string[],
  ])[] = [
    ['OVERWRITE ON', DAYS, 'OVERWRITE ON MANIFEST ON', EARLIER, [day(1), day(2), day(3), MANIFEST]],
    [
      'OVERWRITE PARTITIONS',
      DAY_2,
      'OVERWRITE PARTITIONS MANIFEST ON',
      EARLIER.filter(key => key.startsWith('out/r/day=2/')),
      [day(2), MANIFEST],
    ],
    ['OVERWRITE ON without rows', NO_DAY, 'OVERWRITE ON', EARLIER, [MANIFEST]],
  ]

  test.each(DEATHS)(
    'reap leaves the earlier result or the new one with %s, at whichever change the runner died',
    async (_, query, clauses, gone, parts) => {
      const task = one(query, `PARTITION BY (day) ${clauses}`)
      const before = sorted(...EARLIER, ...OTHERS, MANIFEST)
      const after = sorted(...new Set([...before.filter(key => !gone.includes(key)), ...parts]))
      const ends = new Set<string>()
      for (let lifetime = 0, stride = 1; ; lifetime += stride) {
        const place = await placeWith(create, before)
        stride = place.stride
        if (await live(new MortalStore(place.open(), lifetime), place.bucket, 'r1', task)) break
        await reap(place)
        const { keys, earlier } = await found(place)
        const isNew = earlier.length < before.length
        ends.add(isNew ? 'new' : 'earlier')
        expect(keys, `${lifetime}`).toEqual(isNew ? after : before)
        if (isNew) expect(earlier).toEqual(before.filter(key => !gone.includes(key) && !parts.includes(key)))
        await expectTidy(place)
      }
      expect(ends).toEqual(new Set(['earlier', 'new']))
    },
  )

  test('the recovery of one export of a killed run leaves the partitions of the other one alone', async () => {
    const task: Task = {
      exports: [
        [DAYS, 'PARTITION BY (day)', 'out/a'],
        [DAYS, 'PARTITION BY (day)', 'out/b'],
      ],
    }
    const place = await freshPlace(create)
    // The second export has staged two of its parts.
    const death = { name: 'finish', key: '/b/day=3/part_00000' }
    expect(await live(new MortalStore(place.open(), death), place.bucket, 'r1', task)).toBe(false)
    expect(await place.staged()).not.toEqual([])
    await reap(place)
    expect((await found(place)).keys).toEqual([1, 2, 3].map(number => `out/a/day=${number}/part_00000`))
    await expectTidy(place)
  })
})
