import { describe, expect, test } from 'vitest'
import { findRun } from '../../../src/run/find-run.ts'
import { BUCKET, home, newRun } from './fixture.ts'

const START = Date.parse('2026-11-23T02:00:00.000Z')

/** A home bucket with these runs, the oldest first. */
async function homeWith(ids: readonly string[]) {
  const it = await home()
  for (const [minute, id] of ids.entries())
    await it.runs.submit(newRun({ id, createdAt: new Date(START + minute * 60_000) }))
  return { ...it, find: (text: string, most?: number) => findRun(it.store, BUCKET, text, most) }
}

test('an exact id wins when other ids begin with it', async () => {
  const { find } = await homeWith(['r1', 'r11', 'r12', 'last', 'z'])
  expect(await find('r1')).toEqual({ id: 'r1', among: null })
  expect(await find('last')).toEqual({ id: 'last', among: null })
})

test('the beginning of an id names a run when no other id begins with it', async () => {
  const { find } = await homeWith(['20261123-021545-aaaaaa', '20261123-021646-bbbbbb'])
  expect(await find('20261123-0215')).toEqual({ id: '20261123-021545-aaaaaa', among: null })
})

test('the error names at most five runs when several ids have the same beginning', async () => {
  const { find } = await homeWith(['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 's1', 's2'])
  await expect(find('s')).rejects.toMatchObject({
    code: 'USAGE',
    message: 'several runs begin with s: s2, s1',
  })
  await expect(find('r')).rejects.toMatchObject({
    code: 'USAGE',
    message: 'several runs begin with r: r7, r6, r5, r4, r3 and more',
  })
})

describe('last', () => {
  test('names the newest run, even if its id sorts first', async () => {
    const { find, runs } = await homeWith(['b', 'last-month'])
    await runs.submit(newRun({ id: 'a', createdAt: new Date(START + 3_600_000) }))
    expect(await find('last')).toEqual({ id: 'a', among: null })
  })

  test('skips an entry of the index when its record does not exist', async () => {
    const { find, store } = await homeWith(['b', 'a'])
    await store.delete({ bucket: BUCKET, key: 'runs/a/run.json' })
    expect(await find('last')).toEqual({ id: 'b', among: null })
  })

  test('names no run when there are none', async () => {
    const { find } = await homeWith([])
    await expect(find('last')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
  })
})

test('the search reports how many runs it covered when there are more', async () => {
  const { find } = await homeWith(['old', 'r1', 'r2'])
  expect(await find('r1')).toEqual({ id: 'r1', among: null })
  expect(await find('ol', 3)).toEqual({ id: 'old', among: null })
  expect(await find('old', 2)).toEqual({ id: 'old', among: null })
  await expect(find('ol', 2)).rejects.toMatchObject({
    code: 'RUN_NOT_FOUND',
    message: expect.stringMatching(/^no run ol in .*, and none of the newest 2 runs begins with that text$/),
    hint: 'Write the whole id of an older run.',
  })
  const { find: findAmong } = await homeWith(['old', 'r1', 's2'])
  expect(await findAmong('s', 2)).toEqual({ id: 's2', among: 2 })
})

test('a text is refused when no id may begin with it', async () => {
  const { find } = await homeWith(['r1'])
  await expect(find('r/1')).rejects.toMatchObject({ code: 'USAGE' })
  await expect(find('q')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
})
