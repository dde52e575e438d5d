import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'

import { BatchQueryError } from '../../../src/errors/index.ts'
import { recoveryIn } from '../../../src/export/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { indexKey } from '../../../src/run/index-keys.ts'
import { collect, home, newRun, PINNED, RUNNER } from './fixture.ts'

const ID = newRun().id
const ENTRY = indexKey(newRun().createdAt, ID)
/** The last field of an end has times. */
const withoutFacts = (key: string): string => key.replace(/(?<=!.*!.*!.*)![^!]*$/, '')

async function started() {
  const context = await home()
  const run = await context.runs.claim(newRun(), RUNNER, context.log)
  await run.start(PINNED)
  return { ...context, run }
}

describe('the life of a run', () => {
  test('shows in the record after the claim, the start, each step and the end', async () => {
    const { runs, log, run, text } = await started()
    expect(await runs.read(ID)).toMatchObject({
      state: 'RUNNING',
      attempt: 1,
      runner: RUNNER,
      task: { key: 'script/batchquery.sql', versionId: null, sha256: '00ff' },
      startedAt: expect.any(String),
      heartbeatAt: expect.any(String),
      endedAt: null,
    })
    const database = { dialect: 'mysql', server: 'mariadb 10.11', host: 'db01', name: 'db01' }
    await run.recordSession({ ...database, session: '17' })
    await run.recordSession({ ...database, name: 'db02', session: '18' })
    await run.recordSession({ ...database, session: '19' })
    expect((await runs.read(ID)).databases).toEqual([
      { ...database, sessions: ['17', '19'] },
      { ...database, name: 'db02', sessions: ['18'] },
    ])
    run.sessionEnded({ ...database, session: '17' })
    run.sessionEnded({ ...database, name: 'db02', session: '18' })
    run.notes.addProgress({ rows: 5, bytes: 50 })
    run.notes.addProgress({ rows: 5, bytes: 50, parts: 1 })
    await expect.poll(async () => (await runs.read(ID)).progress.rows === 10).toBe(true)
    run.warn('one row looks odd')
    log.info('done')
    const ended = await run.finish(null)
    expect(ended).toMatchObject({
      state: 'SUCCEEDED',
      exitCode: 0,
      error: null,
      warnings: ['one row looks odd'],
      progress: { rows: 10, bytes: 100, parts: 1 },
      log: `runs/${ID}/log/0001-`,
    })
    expect(await runs.read(ID)).toEqual(ended)
    expect(await text(`runs/${ID}/log/0001-0001.txt`)).toMatch(
      /^\S+ WARN one row looks odd\n\S+ INFO done\n$/,
    )
  })

  test.each([
    ['QUERY_FAILED', 'FAILED', 1],
    ['TIMEOUT', 'FAILED', 8],
    ['TERMINATED', 'FAILED', 143],
    ['CANCELLED', 'CANCELLED', 130],
  ] as const)('ended by %s: %s, exit code %d', async (code, state, exitCode) => {
    const { runs, run, keys } = await started()
    const error = new BatchQueryError(code, 'it went wrong', { hint: 'do it right' })
    await run.finish(error)
    expect(await runs.read(ID)).toMatchObject({ state, exitCode, error: error.toJSON() })
    expect((await keys()).map(withoutFacts)).toContain(`${ENTRY}!${state}!${code}!batchquery.sql!-`)
  })

  test('shows its end and its database in the index', async () => {
    const { run, keys } = await started()
    await run.recordSession({ dialect: 'mysql', server: null, host: 'db01', name: 'sales', session: '1' })
    await run.finish(null)
    expect((await keys()).filter(key => key.startsWith('index/')).map(withoutFacts)).toEqual([
      ENTRY,
      `${ENTRY}!SUCCEEDED!-!batchquery.sql!db01%2Fsales`,
    ])
  })

  test('ends the same when the index cannot be written, and reap writes the end later', async () => {
    const { folder, store, runs, run, log, talk, keys } = await started()
    const day = dirname(join(folder, 'home', ENTRY))
    // A file is in the place of the day's folder.
    await rename(day, `${day}-away`)
    await writeFile(day, '')
    expect(await run.finish(null)).toMatchObject({ state: 'SUCCEEDED' })
    expect(await runs.read(ID)).toMatchObject({ state: 'SUCCEEDED', warnings: [] })
    await rm(day)
    await rename(`${day}-away`, day)
    const reaper = new RunStore(store, 'home', { recovery: recoveryIn(store) })
    expect(await collect(reaper.reap(RUNNER, log, { dryRun: false }))).toEqual([])
    expect((await keys()).map(withoutFacts)).toContain(`${ENTRY}!SUCCEEDED!-!batchquery.sql!-`)
    expect(talk).toEqual([])
  })

  test('may end before it starts, with the exit code of a script', async () => {
    const { runs, log } = await home()
    const run = await runs.claim(newRun(), RUNNER, log)
    await run.finish(new BatchQueryError('SCRIPT_EXIT', 'x', { exitCode: 77 }))
    expect(await runs.read(ID)).toMatchObject({ state: 'FAILED', attempt: 1, startedAt: null, exitCode: 77 })
  })

  test('does not change after its end', async () => {
    const { runs, log, run, text } = await started()
    const ended = await run.finish(null)
    log.info('too late')
    await expect(
      run.recordSession({ dialect: 'd', server: null, host: 'h', name: 'n', session: '1' }),
    ).rejects.toThrow(expect.objectContaining({ code: 'INTERNAL' }))
    await expect(run.finish(new BatchQueryError('QUERY_FAILED', 'x'))).rejects.toMatchObject({
      code: 'INTERNAL',
    })
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(await runs.read(ID)).toEqual(ended)
    expect(await text(`runs/${ID}/log/0001-0001.txt`)).toBe('')
  })

  test('keeps secrets out of the record and the log', async () => {
    const { run, log, text } = await started()
    log.addSecret('hunter2')
    run.warn('weak password hunter2')
    log.error('refused: hunter2')
    const hint = 'try mysql://u:hunter3@h/db'
    await run.finish(new BatchQueryError('AUTHENTICATION', 'login refused: hunter2', { hint }))
    const stored = (await text(`runs/${ID}/run.json`)) + (await text(`runs/${ID}/log/0001-0001.txt`))
    expect(stored).not.toMatch(/hunter[23]/)
    expect(stored).toContain('login refused: ***')
  })

  test('keeps a limited number of warnings in the record', async () => {
    const { run } = await started()
    for (let i = 0; i < 500; i++) run.warn(`warning ${i}`)
    expect((await run.finish(null)).warnings).toHaveLength(100)
  })
})

describe('heartbeat', () => {
  test('continues during the run, and stops when the run ends', async () => {
    const { runs, run } = await started()
    const first = (await runs.read(ID)).heartbeatAt
    await expect.poll(async () => (await runs.read(ID)).heartbeatAt !== first).toBe(true)
    const ended = await run.finish(null)
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(await runs.read(ID)).toEqual(ended)
  })

  test('finds a request to cancel', async () => {
    const { runs, run } = await started()
    expect(run.cancelled.aborted).toBe(false)
    expect(await runs.requestCancel(ID)).toMatchObject({ state: 'RUNNING' })
    await expect.poll(() => run.cancelled.aborted).toBe(true)
    const { reason } = run.cancelled
    expect(reason).toMatchObject({ code: 'CANCELLED', exitCode: 130, message: expect.stringContaining(ID) })
    expect(await run.finish(reason)).toMatchObject({ state: 'CANCELLED', exitCode: 130 })
  })

  test('finds a request to cancel a queued run when it starts; a request to cancel an ended run leaves no object', async () => {
    const { runs, log, keys } = await home()
    await runs.submit(newRun())
    await runs.requestCancel(ID)
    await runs.requestCancel(ID)
    const run = await runs.claim(newRun(), RUNNER, log)
    await run.start(PINNED)
    expect(run.cancelled.aborted).toBe(true)
    await run.finish(run.cancelled.reason)

    await (await runs.claim(newRun({ id: 'ended' }), RUNNER, log)).finish(null)
    expect(await runs.requestCancel('ended')).toMatchObject({ state: 'SUCCEEDED' })
    expect(await keys()).not.toContain('runs/ended/cancel')
  })

  test('shows the running statement with the next heartbeat, without a write of its own, until it ends', async () => {
    const { store, runs, run } = await started()
    await run.pause()
    const put = vi.spyOn(store, 'put')
    const over = vi.spyOn(store, 'putOver')
    for (let number = 1; number <= 50; number++) run.notes.beginStatement(number, 2 * number)
    expect([...put.mock.calls, ...over.mock.calls]).toEqual([])
    await run.resume()
    await expect
      .poll(async () => (await runs.read(ID)).statement)
      .toEqual({ number: 50, line: 100, since: expect.stringMatching(/^\d{4}-.*Z$/) })
    await run.finish(null)
    expect((await runs.read(ID)).statement).toBeUndefined()
  })

  test('warns once when the store is away for a while, and then continues', async () => {
    const { takeAway, bringBack, runs, run, talk, store } = await started()
    const put = vi.spyOn(store, 'put')
    await takeAway()
    run.notes.addProgress({ rows: 1 })
    await expect
      .poll(() => put.mock.settledResults.filter(result => result.type === 'rejected').length >= 4)
      .toBe(true)
    await bringBack()
    await expect.poll(async () => (await runs.read(ID)).progress.rows === 1).toBe(true)
    expect(talk).toEqual([
      expect.stringMatching(/^warning: the heartbeat of run .* failed, and the runner tries again: .*\n$/),
    ])
    expect(await run.finish(null)).toMatchObject({ state: 'SUCCEEDED', warnings: [] })
  })

  test('reports an error when the store is away at the end, and the end may be repeated', async () => {
    const { takeAway, bringBack, runs, run } = await started()
    await takeAway()
    const error = await run.finish(null).catch(thrown => thrown)
    expect(error).toBeInstanceOf(BatchQueryError)
    await bringBack()
    expect(await runs.read(ID)).toMatchObject({ state: 'RUNNING' })
    await run.finish(error)
    expect(await runs.read(ID)).toMatchObject({ state: 'FAILED', error: { code: error.code } })
  })
})
