import { expect, test } from 'vitest'
import { Home, shownParts, shownResults, uriOf } from './home.ts'
import { exportsOf, NATIVE_PARTS, TASKS } from './runs.ts'

const ENDED = ['again', 'succeeded', 'native', 'failed', 'cancelled']
/** This run has a request to cancel. */
const ASKED = 'asked'
const UNFINISHED = [...TASKS.keys()].filter(id => id !== ASKED && !ENDED.includes(id))
const AT_ONCE = 3

test('a run of version 1 completes when its id is run again, at whichever moment its attempts died', async () => {
  const home = await Home.unpack()
  for (let at = 0; at < UNFINISHED.length; at += AT_ONCE)
    await Promise.all(
      UNFINISHED.slice(at, at + AT_ONCE).map(async id => {
        const { code, stderr } = await (id === 'queued' ? home.takeUp(id) : home.runAgain(id))
        expect(code, `${id}: ${stderr}`).toBe(0)
      }),
    )
  const whole = [...TASKS.keys()].filter(id => id !== ASKED).flatMap(exportsOf)
  expect(await home.results()).toEqual({ ...shownResults(whole), ...shownParts(NATIVE_PARTS) })
  expect(await home.leftovers()).toEqual([])
  for (const id of UNFINISHED) expect((await home.workspace.record(id)).state, id).toBe('SUCCEEDED')
})

test('cancel ends a dead run of version 1 and removes what it staged', async () => {
  const home = await Home.unpack('staged')
  expect(await home.ask(['cancel', 'staged'])).toMatchObject({ state: 'CANCELLED', attempt: 2 })
  expect(await home.results()).toEqual({})
  expect(await home.leftovers()).toEqual([])
})

test('a run completes a dead run of version 1 first when it needs its destination', async () => {
  const home = await Home.unpack('half')
  await home.workspace.writeObject(
    'script/next.sql',
    `SELECT 'next' INTO OUTFILE S3 '${uriOf('half')}' MANIFEST ON OVERWRITE ON;\n`,
  )
  const { code, stderr } = await home.runAgain('next')
  expect(code, stderr).toBe(0)
  expect((await home.workspace.record('half')).state).toBe('SUCCEEDED')
  const key = 'output/half.part_00000'
  expect(await home.results()).toEqual({
    ...shownParts(new Map([[key, 'next\n']])),
    'output/half.manifest': key,
  })
  expect(await home.leftovers()).toEqual([])
})

test('an ended run of version 1 does not change when its id is run again', async () => {
  const home = await Home.unpack()
  const before = await home.files()
  const codes = await Promise.all(ENDED.map(async id => (await home.runAgain(id)).code))
  const recorded = await Promise.all(ENDED.map(async id => (await home.workspace.record(id)).exitCode))
  expect(codes).toEqual(recorded)
  expect(await home.files()).toEqual(before)
})
