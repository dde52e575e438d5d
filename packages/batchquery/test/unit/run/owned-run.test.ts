import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'

import { BatchQueryError } from '../../../src/errors/index.ts'
import { recoveryIn } from '../../../src/export/index.ts'
import type { StagedExport } from '../../../src/journal/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { indexKey } from '../../../src/run/index-keys.ts'
import { lockKey } from '../../../src/run/keys.ts'
import { collect, home, newRun, PINNED, RUNNER } from './fixture.ts'

const ID = newRun().id
const ENTRY = indexKey(newRun().createdAt, ID)

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
    run.sessionEnded({ ...database, session: '17' })
    run.sessionEnded({ ...database, name: 'db02', session: '18' })
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
    const { runs, run, keys } = await started()
    const error = new BatchQueryError(code, 'it went wrong', { hint: 'do it right' })
    await run.finish(error)
    expect(await runs.read(ID)).toMatchObject({ state, exitCode, error: error.toJSON() })
    expect(await keys()).toContain(`${ENTRY}!${state}!${code}!batchquery.sql!-`)
  })

  test('says in the index how it ended, and where it ran', async () => {
    const { run, keys } = await started()
    await run.recordSession({ dialect: 'mysql', server: null, host: 'db01', name: 'sales', session: '1' })
    await run.finish(null)
    expect((await keys()).filter(key => key.startsWith('index/'))).toEqual([
      ENTRY,
      `${ENTRY}!SUCCEEDED!-!batchquery.sql!db01%2Fsales`,
    ])
  })

  test('ends as it would when the index cannot be written, and reap writes the end later', async () => {
    const { folder, store, runs, run, log, talk, keys } = await started()
    const end = `${ENTRY}!SUCCEEDED!-!batchquery.sql!-`
    // A folder has its name.
    await mkdir(join(folder, 'home', end))
    await writeFile(join(folder, 'home', end, 'x'), '')
    expect(await run.finish(null)).toMatchObject({ state: 'SUCCEEDED' })
    expect(await runs.read(ID)).toMatchObject({ state: 'SUCCEEDED', warnings: [] })
    await rm(join(folder, 'home', end), { recursive: true })
    const reaper = new RunStore(store, 'home', { recovery: recoveryIn(store) })
    expect(await collect(reaper.reap(RUNNER, log, { dryRun: false }))).toEqual([])
    expect(await keys()).toContain(end)
    expect(talk).toEqual([])
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

  test('each step is in the store when its write resolves, in an object of its own', async () => {
    const { runs, run, text, keys } = await started()
    const { journal } = run
    const folder = `runs/${ID}/exports/0001-0001`
    const names = async () =>
      (await keys()).filter(key => key.startsWith(folder)).map(key => key.slice(folder.length + 1))
    const shown = async () => (await runs.read(ID)).exports
    const staged = stagedExport(URI, 250)
    await journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
    expect(await names()).toEqual(['begun.json'])
    expect(await shown()).toEqual([])
    await journal.write({ step: 'staged', export: staged })
    expect(JSON.parse(await text(`${folder}/staged.json`))).toEqual({ version: 2, export: staged })
    const [recorded] = await shown()
    expect(recorded).toMatchObject({
      uri: URI,
      attempt: 1,
      number: 1,
      mode: 'streamed',
      rows: 2500,
      bytes: 25_000,
    })
    expect(recorded).toMatchObject({ state: 'STAGED', committingAt: null, publishedAt: null })
    expect(recorded?.parts).toHaveLength(32)
    expect(recorded?.parts[31]).toEqual({
      uri: `${URI}.part_00031`,
      rows: 10,
      bytes: 100,
      sha256: 'ab'.repeat(32),
    })
    await journal.write({ step: 'committing', uri: URI })
    expect(await names()).toEqual(['begun.json', 'committing.json', 'staged.json'])
    expect(await shown()).toMatchObject([
      { state: 'COMMITTING', committingAt: expect.any(String), publishedAt: null },
    ])
    expect(journal.isOurs(URI)).toBe(false)
    await journal.write({ step: 'published', uri: URI })
    expect(await names()).toEqual(['begun.json', 'committing.json', 'published.json', 'staged.json'])
    expect(await shown()).toMatchObject([{ state: 'PUBLISHED', publishedAt: expect.any(String) }])
    expect(journal.isOurs(URI)).toBe(true)
    await run.finish(null)
  })

  test('a later export to the same destination has a folder of its own', async () => {
    const { runs, run, keys } = await started()
    const { journal } = run
    for (const last of ['published', 'aborted'] as const) {
      await journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
      await journal.write({ step: 'staged', export: stagedExport(URI, 1) })
      await journal.write({ step: 'committing', uri: URI })
      await journal.write({ step: last, uri: URI })
    }
    // One that failed before it was staged, and one that never began.
    await journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
    await journal.write({ step: 'aborted', uri: URI })
    await journal.write({ step: 'aborted', uri: 's3://home/output/never-begun' })
    const record = await runs.read(ID)
    expect(record.exports.map(({ number, state }) => [number, state])).toEqual([
      [1, 'PUBLISHED'],
      [2, 'ABORTED'],
    ])
    expect(record.exportCount).toBe(2)
    expect((await keys()).filter(key => /exports\/0001-0003/.test(key))).toHaveLength(1)
    await run.finish(null)
  })

  test('takes no step out of turn', async () => {
    const { run } = await started()
    const take = (step: 'committing' | 'published') => run.journal.write({ step, uri: URI })
    const stage = () => run.journal.write({ step: 'staged', export: stagedExport(URI, 1) })
    const refused = (step: Promise<void>) => expect(step).rejects.toMatchObject({ code: 'INTERNAL' })
    await refused(take('committing'))
    await refused(stage())
    await run.journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
    await stage()
    await refused(take('published'))
    await take('committing')
    await refused(take('committing'))
    await take('published')
    await refused(take('committing'))
    await refused(take('published'))
    await run.finish(null)
  })

  test('an export that the run has lost is not written down any more', async () => {
    const { run, store, keys } = await started()
    await run.journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
    await run.journal.write({ step: 'staged', export: stagedExport(URI, 1) })
    await store.put({ bucket: 'home', key: `runs/${ID}/attempt-0002` }, Buffer.from('{}'))
    await vi.waitUntil(() => run.lost.aborted)
    const before = await keys()
    await run.journal.write({ step: 'aborted', uri: URI })
    await expect(run.journal.write({ step: 'committing', uri: URI })).rejects.toMatchObject({
      code: 'RUN_CLAIMED',
    })
    expect(await keys()).toEqual(before)
    await run.leave()
  })

  test('a destination is held by one run at a time', async () => {
    const { runs, log, put } = await home()
    const [one, other] = await Promise.all(
      ['one', 'other'].map(id => runs.claim(newRun({ id }), RUNNER, log).then(run => run.journal)),
    )
    await one?.write({ step: 'lock', uri: URI })
    await one?.write({ step: 'lock', uri: URI })
    await other?.write({ step: 'lock', uri: 's3://home/output/other' })
    await expect(other?.write({ step: 'lock', uri: URI })).rejects.toMatchObject({
      code: 'DESTINATION_LOCKED',
      message: expect.stringContaining('run "one" is publishing to s3://home/output/result'),
    })
    await one?.write({ step: 'unlock', uri: URI })
    await other?.write({ step: 'lock', uri: URI })
    await other?.write({ step: 'unlock', uri: URI })
    await put(lockKey(URI), 'x'.repeat(1_000_000))
    await expect(one?.write({ step: 'lock', uri: URI })).rejects.toMatchObject({ code: 'DESTINATION_LOCKED' })
  })
})
