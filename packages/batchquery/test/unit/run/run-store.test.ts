import { describe, expect, test } from 'vitest'

import { RunStore } from '../../../src/run/index.ts'
import { BUCKET, collect, home, newRun, PINNED, RUNNER } from './fixture.ts'

const ID = newRun().id
describe('submit', () => {
  test('writes the record and its index entry', async () => {
    const { runs, keys } = await home()
    const { record, created } = await runs.submit(newRun())
    expect(created).toBe(true)
    expect(await runs.read(ID)).toEqual(record)
    expect(record).toMatchObject({ version: 2, state: 'QUEUED', attempt: 0, params: { day: '2026-11-23' } })
    expect(await keys()).toEqual([`index/0979219/8204599855000_${ID}`, `runs/${ID}/run.json`])
  })

  test('returns the existing run unchanged when it is submitted again', async () => {
    const { runs, log, keys } = await home()
    await runs.submit(newRun({ params: { a: '1', b: '2' } }))
    const run = await runs.claim(newRun(), RUNNER, log)
    await run.start(PINNED)
    const ended = await run.finish(null)
    const again = newRun({ params: { b: '2', a: '1' }, createdAt: new Date('2027-01-01') })
    expect(await runs.submit(again)).toEqual({ record: ended, created: false })
    expect((await keys()).filter(key => key.startsWith('index/'))).toEqual([
      `index/0979219/8204599855000_${ID}`,
      expect.stringMatching(/_20261123-021545-7k3f9q!SUCCEEDED!-!batchquery\.sql!-!\w+\.\w+\.0\.0$/),
    ])
  })

  test.each([
    [{ task: { bucket: 'home', key: 'script/other.sql' } }, 's3://home/script/other.sql'],
    [{ task: { bucket: 'away', key: 'script/batchquery.sql' } }, 's3://away/script/batchquery.sql'],
    [{ params: { day: '2026-11-24' } }, '{"day":"2026-11-24"}'],
    [{ params: {} }, '{}'],
    [{ args: ['x'] }, '["x"]'],
  ])('refuses another run with the same id: %j', async (changed, shown) => {
    const { runs } = await home()
    const { record } = await runs.submit(newRun())
    await expect(runs.submit(newRun(changed))).rejects.toMatchObject({
      code: 'RUN_CONFLICT',
      exitCode: 5,
      message: expect.stringContaining(shown),
    })
    expect(await runs.read(ID)).toEqual(record)
  })

  test('creates one run with one index entry when twenty processes submit it at once', async () => {
    const { runs, keys } = await home()
    const submissions = await Promise.all(
      Array.from({ length: 20 }, (_, ms) =>
        runs.submit(newRun({ createdAt: new Date(1_800_000_000_000 + ms) })),
      ),
    )
    expect(submissions.filter(submission => submission.created)).toHaveLength(1)
    expect(new Set(submissions.map(submission => submission.record.createdAt)).size).toBe(1)
    expect((await keys()).filter(key => key.startsWith('index/'))).toHaveLength(1)
  })
})

describe('claim', () => {
  test('succeeds for one of twenty processes when they claim a run at once', async () => {
    const { runs, log } = await home()
    await runs.submit(newRun())
    const claims = await Promise.allSettled(
      Array.from({ length: 20 }, (_, pid) => runs.claim(newRun(), { ...RUNNER, pid }, log)),
    )
    const won = claims.flatMap(claim => (claim.status === 'fulfilled' ? [claim.value] : []))
    const lost = claims.flatMap(claim => (claim.status === 'rejected' ? [claim.reason] : []))
    expect(won).toHaveLength(1)
    expect(lost).toEqual(
      Array.from({ length: 19 }, () => expect.objectContaining({ code: 'RUN_CLAIMED', exitCode: 5 })),
    )
    const ended = await won[0]?.finish(null)
    expect(await runs.read(ID)).toEqual(ended)
  })

  test('succeeds for one of twenty processes when they claim a run that was not submitted', async () => {
    const { runs, log, keys } = await home()
    const claims = await Promise.allSettled(
      Array.from({ length: 20 }, () => runs.claim(newRun(), RUNNER, log)),
    )
    expect(claims.filter(claim => claim.status === 'fulfilled')).toHaveLength(1)
    expect(await keys()).toEqual([
      `index/0979219/8204599855000_${ID}`,
      `runs/${ID}/attempt-0001`,
      `runs/${ID}/run.json`,
    ])
  })

  test('keeps the submitted record, and refuses another task', async () => {
    const { runs, log } = await home()
    const request = { database: 'main', timeoutSeconds: 90, pin: null }
    await runs.submit(newRun({ request }))
    const other = newRun({ task: { bucket: 'home', key: 'script/other.sql' } })
    await expect(runs.claim(other, RUNNER, log)).rejects.toMatchObject({ code: 'RUN_CONFLICT' })
    const run = await runs.claim(newRun({ params: {} }), RUNNER, log)
    expect(run.record).toMatchObject({ request, params: { day: '2026-11-23' }, attempt: 1, runner: RUNNER })
  })

  test('fails when the run has ended', async () => {
    const { runs, log } = await home()
    await (await runs.claim(newRun(), RUNNER, log)).finish(null)
    await expect(runs.claim(newRun(), RUNNER, log)).rejects.toMatchObject({
      code: 'RUN_CLAIMED',
      message: expect.stringContaining('SUCCEEDED'),
    })
  })
})

describe('ids from outside', () => {
  test('an unknown id is RUN_NOT_FOUND', async () => {
    const { runs } = await home()
    const notFound = { code: 'RUN_NOT_FOUND', exitCode: 3, message: expect.stringContaining('nowhere') }
    await expect(runs.read('nowhere')).rejects.toMatchObject(notFound)
    await expect(runs.requestCancel('nowhere')).rejects.toMatchObject(notFound)
    await expect(collect(runs.readLog('nowhere'))).rejects.toMatchObject(notFound)
    await expect(collect(runs.followLog('nowhere'))).rejects.toMatchObject(notFound)
  })

  test.each(['../home', 'a/b', '', '..'])('%j never becomes a key', async id => {
    const { runs, log, keys } = await home()
    await expect(runs.read(id)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(runs.submit(newRun({ id }))).rejects.toMatchObject({ code: 'USAGE' })
    await expect(runs.claim(newRun({ id }), RUNNER, log)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(runs.requestCancel(id)).rejects.toMatchObject({ code: 'USAGE' })
    expect(await keys()).toEqual([])
  })
})

test('a run is not dead when its runner ended it after its record was read', async () => {
  const { store, log } = await home()
  const runs = new RunStore(store, BUCKET, { heartbeatMs: 1_000_000, deadAfterMs: 0 })
  const owned = await runs.claim(newRun(), RUNNER, log)
  await owned.start(PINNED)
  const seen = await runs.read(ID)
  expect(await runs.isDead(seen)).toBe(true)
  await owned.finish(null)
  expect(seen.state).toBe('RUNNING')
  expect(await runs.isDead(seen)).toBe(false)
})
