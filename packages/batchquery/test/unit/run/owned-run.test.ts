import { describe, expect, test, vi } from 'vitest'

import { BatchQueryError } from '../../../src/errors/index.ts'
import type { ExportJournal, StagedExport } from '../../../src/export/journal.ts'
import { lockKey } from '../../../src/run/keys.ts'
import { home, newRun, PINNED, RUNNER } from './fixture.ts'

const ID = newRun().id

async function started() {
  const context = await home()
  const run = await context.runs.claim(newRun(), RUNNER, context.log)
  await run.start(PINNED)
  return { ...context, run }
}

const stagedExport = (uri: string, parts: number): StagedExport => ({
  uri,
  format: 'TEXT',
  parts: Array.from({ length: parts }, (_, part) => ({
    uri: `${uri}.part_${String(part).padStart(5, '0')}`,
    token: { kind: 'directory', bucket: 'home', key: `output/${part}`, owner: ID, handle: `handle-${part}` },
    rows: 10,
    bytes: 100,
    headerBytes: 0,
    sha256: 'ab'.repeat(32),
  })),
  rows: 10 * parts,
  bytes: 100 * parts,
  overwrite: false,
  manifest: null,
  isLast: false,
})

describe('the life of a run', () => {
  test('claimed, started, at work, ended: what others read', async () => {
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
    run.addProgress({ rows: 5, bytes: 50 })
    run.addProgress({ rows: 5, bytes: 50, parts: 1 })
    await vi.waitUntil(async () => (await runs.read(ID)).progress.rows === 10)
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
    const { runs, run } = await started()
    const error = new BatchQueryError(code, 'it went wrong', { hint: 'do it right' })
    await run.finish(error)
    expect(await runs.read(ID)).toMatchObject({ state, exitCode, error: error.toJSON() })
  })

  test('ended before it was started, with the exit code of a script', async () => {
    const { runs, log } = await home()
    const run = await runs.claim(newRun(), RUNNER, log)
    await run.finish(new BatchQueryError('SCRIPT_EXIT', 'x', { exitCode: 77 }))
    expect(await runs.read(ID)).toMatchObject({ state: 'FAILED', attempt: 1, startedAt: null, exitCode: 77 })
  })

  test('an ended run stays as it ended', async () => {
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

  test('no secret reaches record or log', async () => {
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

  test('the record takes a bounded number of warnings', async () => {
    const { run } = await started()
    for (let i = 0; i < 500; i++) run.warn(`warning ${i}`)
    expect((await run.finish(null)).warnings).toHaveLength(100)
  })
})

describe('heartbeat', () => {
  test('goes on, and stops at the end', async () => {
    const { runs, run } = await started()
    const first = (await runs.read(ID)).heartbeatAt
    await vi.waitUntil(async () => (await runs.read(ID)).heartbeatAt !== first)
    const ended = await run.finish(null)
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(await runs.read(ID)).toEqual(ended)
  })

  test('sees a cancel', async () => {
    const { runs, run } = await started()
    expect(run.cancelled.aborted).toBe(false)
    expect(await runs.requestCancel(ID)).toMatchObject({ state: 'RUNNING' })
    await vi.waitUntil(() => run.cancelled.aborted)
    const { reason } = run.cancelled
    expect(reason).toMatchObject({ code: 'CANCELLED', exitCode: 130, message: expect.stringContaining(ID) })
    expect(await run.finish(reason)).toMatchObject({ state: 'CANCELLED', exitCode: 130 })
  })

  test('a cancel of a queued run is seen when it starts; that of an ended one leaves no trace', async () => {
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

  test('a store that is gone for a while is warned about once, and made good', async () => {
    const { takeAway, bringBack, runs, run, talk, store } = await started()
    const put = vi.spyOn(store, 'put')
    await takeAway()
    run.addProgress({ rows: 1 })
    await vi.waitUntil(() => put.mock.settledResults.filter(result => result.type === 'rejected').length >= 4)
    await bringBack()
    await vi.waitUntil(async () => (await runs.read(ID)).progress.rows === 1)
    expect(talk).toEqual([
      expect.stringMatching(/^warning: the heartbeat of run .* failed and is tried again: .*\n$/),
    ])
    expect(await run.finish(null)).toMatchObject({ state: 'SUCCEEDED', warnings: [] })
  })

  test('a store that is gone at the end is an error, and the end may be tried again', async () => {
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

describe('exports', () => {
  const URI = 's3://home/output/result'

  test('each word stands in the store when the method settles, the ledger first', async () => {
    const { runs, run, store, text } = await started()
    const journal: ExportJournal = run.journal
    const state = async () => (await runs.read(ID)).exports.map(entry => entry.state)
    const put = vi.spyOn(store, 'put')
    const staged = stagedExport(URI, 250)
    await journal.staged(staged)
    const written = put.mock.calls.map(
      ([address, bytes]) => `${address.key} ${Buffer.from(bytes).includes('STAGED')}`,
    )
    expect(written.indexOf(`runs/${ID}/parts-0001.json false`)).toBeGreaterThanOrEqual(0)
    expect(written.indexOf(`runs/${ID}/parts-0001.json false`)).toBeLessThan(
      written.indexOf(`runs/${ID}/run.json true`),
    )
    expect(await state()).toEqual(['STAGED'])
    expect(JSON.parse(await text(`runs/${ID}/parts-0001.json`))).toEqual({
      version: 1,
      attempt: 1,
      exports: [staged],
      native: [],
    })
    const [recorded] = (await runs.read(ID)).exports
    expect(recorded).toMatchObject({ uri: URI, attempt: 1, mode: 'streamed', rows: 2500, bytes: 25_000 })
    expect(recorded?.parts).toHaveLength(100)
    expect(recorded?.parts[99]).toEqual({
      uri: `${URI}.part_00099`,
      rows: 10,
      bytes: 100,
      sha256: 'ab'.repeat(32),
    })
    await journal.committing(URI)
    expect(await state()).toEqual(['COMMITTING'])
    expect(journal.isOurs(URI)).toBe(false)
    expect((await runs.read(ID)).exports[0]).toMatchObject({
      committingAt: expect.any(String),
      publishedAt: null,
    })
    await journal.published(URI)
    expect((await runs.read(ID)).exports[0]).toMatchObject({ publishedAt: expect.any(String) })
    expect(await state()).toEqual(['PUBLISHED'])
    expect(journal.isOurs(URI)).toBe(true)

    // A second export to the same destination, and one that failed before it was staged.
    await journal.aborted(URI)
    await journal.staged(stagedExport(URI, 1))
    await journal.aborted(URI)
    await journal.aborted('s3://home/output/never-staged')
    expect(await state()).toEqual(['PUBLISHED', 'ABORTED'])
    expect(JSON.parse(await text(`runs/${ID}/parts-0001.json`)).exports).toHaveLength(2)
    await run.finish(null)
  })

  test('takes no step out of turn', async () => {
    const { run } = await started()
    const refused = (step: Promise<void>) => expect(step).rejects.toMatchObject({ code: 'INTERNAL' })
    await refused(run.journal.committing(URI))
    await run.journal.staged(stagedExport(URI, 1))
    await refused(run.journal.published(URI))
    await run.journal.committing(URI)
    await refused(run.journal.committing(URI))
    await run.journal.published(URI)
    await refused(run.journal.committing(URI))
    await refused(run.journal.published(URI))
    await run.finish(null)
  })

  test('a destination is held by one run at a time', async () => {
    const { runs, log, put } = await home()
    const [one, other] = await Promise.all(
      ['one', 'other'].map(id => runs.claim(newRun({ id }), RUNNER, log).then(run => run.journal)),
    )
    await one?.lock(URI)
    await one?.lock(URI)
    await other?.lock('s3://home/output/other')
    await expect(other?.lock(URI)).rejects.toMatchObject({
      code: 'DESTINATION_LOCKED',
      message: expect.stringContaining('run "one" is publishing to s3://home/output/result'),
    })
    await one?.unlock(URI)
    await other?.lock(URI)
    await other?.unlock(URI)
    await put(lockKey(URI), 'x'.repeat(1_000_000))
    await expect(one?.lock(URI)).rejects.toMatchObject({ code: 'DESTINATION_LOCKED' })
  })
})
