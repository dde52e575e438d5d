import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StagedExport } from '../../../src/journal/index.ts'
import { Log } from '../../../src/platform/index.ts'
import { indexKey } from '../../../src/run/index-keys.ts'
import { cases } from '../../setup/chance.ts'
import { survive } from './attack.ts'
import { LEDGER, RECORD, RECORD_2 } from './corpus.ts'
import { hostileJson } from './json.ts'
import { exportTo, ID, objectsOf, RUNNER, recordOf, type Scene, scene } from './scene.ts'

describe('a ledger with objects that its run never wrote', () => {
  const elsewhere = ({ folder }: Scene) => pathToFileURL(join(folder, 'elsewhere/out/result')).href
  const OTHER = 's3://other/result'

  test.each<[what: string, export_: (scene: Scene) => StagedExport]>([
    ['a result in another bucket', () => exportTo(OTHER, {})],
    ['a result in the home bucket', () => exportTo('s3://home/out/result', {})],
    ['files of the user who reaps', scene => exportTo(elsewhere(scene), {})],
    ['what a run that lives has staged', ({ live }) => exportTo(OTHER, { handle: live.token.handle })],
    [
      'the staged objects of a live run, under its name',
      ({ live }) => exportTo(OTHER, { handle: live.token.handle, owner: 'live' }),
    ],
    ['a path that leads out', () => exportTo(OTHER, { handle: '../../../elsewhere/out/result:1:1' })],
    ['a bucket above', () => exportTo('s3://../result', {})],
    ['a key that leads out', () => exportTo('s3://home/../other/result', {})],
    ['runs of the home bucket', () => exportTo(`s3://home/runs/${ID}/run.json`, {})],
  ])('lets reap leave alone %s, for any record', async (_, hostile) => {
    const here = await scene()
    const staged = hostile(here)
    for (const state of ['COMMITTING', 'STAGED', 'PUBLISHED']) {
      const before = await here.others()
      const record = recordOf(state, staged.uri)
      for (const plant of [
        () => here.plant(record, { ...LEDGER, exports: [staged] }),
        () => here.plantExport({ ...record, version: 2 }, objectsOf(state, staged, staged.uri)),
      ]) {
        await plant()
        const [reaped] = await here.reap()
        expect(await here.others()).toEqual(before)
        // reap believes a published state. `verify` is the command that checks.
        if (state !== 'PUBLISHED') expect(reaped?.state).not.toBe('SUCCEEDED')
        if (reaped?.error) expect(reaped.error.code).toBe('RUN_RECORD_INVALID')
      }
    }
  })

  test('reports a wrong part before it removes the manifest of another result', async () => {
    const here = await scene()
    const staged = exportTo('s3://home/out/result', {})
    await here.plant(recordOf('COMMITTING', staged.uri), { ...LEDGER, exports: [staged] })
    expect(await here.reap()).toMatchObject([{ id: ID, state: 'FAILED', aborted: [staged.uri] }])
  })

  test('causes an error that names the ledger and its fault', async () => {
    const here = await scene()
    const staged = exportTo(OTHER, { handle: here.live.token.handle })
    await here.plant(recordOf('STAGED', staged.uri), { ...LEDGER, exports: [staged] })
    const [reaped] = await here.reap()
    expect(reaped?.error?.message).toMatch(/runs\/r1\/exports\/ for "s3:\/\/other\/result": token: .*r1/)
    expect(reaped?.error?.hint).toContain('A program other than batchquery')
  })
})

test('an attempt with any number ends the run in as many steps as there are ledgers', async () => {
  const here = await scene()
  const staged = exportTo('s3://home/out/new', {})
  await here.plant(recordOf('RUNNING', staged.uri), { ...LEDGER, exports: [] }, 999_999_999)
  await here.plant(
    { ...recordOf('STAGED', staged.uri), exports: [] },
    { ...LEDGER, exports: [] },
    999_999_998,
  )
  expect(await here.reap()).toMatchObject([{ id: ID, error: { code: 'RUN_RECORD_INVALID' } }])
})

test('the error reports an attempt that another user wrote', async () => {
  const here = await scene()
  await here.plant(recordOf('STAGED', 's3://home/out/new'), { ...LEDGER, exports: [] })
  await writeFile(join(here.folder, `store/home/runs/${ID}/attempt-0001`), '{"host":1}')
  expect(await here.reap()).toMatchObject([
    { error: { code: 'RUN_RECORD_INVALID', message: expect.stringContaining('runs/r1/attempt-0001: host') } },
  ])
})

test('a listing continues after an index entry without a run', async () => {
  const here = await scene()
  await here.plant(RECORD, LEDGER)
  const names = ['1234567890123_..', '1234567890123_.', '1234567890123_a\nb', '1234567890123_']
  const ends = ['!GONE', '!FAILED!%!%!%', '!FAILED!%FF!-!-', '!FAILED!-!-!-!', '!RUNNING!-!-!-'].map(
    end => `${indexKey(new Date(RECORD.createdAt), ID).slice('index/'.length)}${end}`,
  )
  for (const name of [...names, ...ends]) await writeFile(join(here.folder, 'store/home/index', name), '')
  const ids = []
  for await (const { id } of here.runs.list({ limit: 10 })) ids.push(id)
  expect(ids).toEqual([ID])
})

test('no command touches foreign objects, for any record and ledger', async () => {
  const here = await scene()
  const before = await here.others()
  const destinations = ['s3://other/result', 's3://home/out/result', 's3://home/out/new']
  const records = destinations.flatMap(uri =>
    ['COMMITTING', 'STAGED', 'PUBLISHED'].map(state => recordOf(state, uri)),
  )
  const ledgers = destinations.map(uri => ({ ...LEDGER, exports: [exportTo(uri, {})] }))
  const attempt = (operation: () => Promise<unknown>) =>
    operation().catch(thrown =>
      survive(() => {
        throw thrown
      }),
    )
  const useAll = async () => {
    await attempt(here.useResult)
    await attempt(here.reap)
    await attempt(async () => {
      for await (const _ of here.runs.readLog(ID));
    })
    expect(await here.others()).toEqual(before)
  }
  const exports = destinations.flatMap(uri =>
    ['COMMITTING', 'STAGED', 'PUBLISHED'].map(state => objectsOf(state, exportTo(uri, {}), uri)),
  )
  await fc.assert(
    fc.asyncProperty(hostileJson([RECORD_2]), hostileJson(exports), async (record, objects) => {
      if (typeof objects !== 'object' || objects === null) return
      const named = Object.entries(objects).filter(([name]) => /^[\w-]{1,200}$/.test(name))
      await here.plantExport(record, Object.fromEntries(named))
      await useAll()
    }),
    { numRuns: cases(100) },
  )
  await fc.assert(
    fc.asyncProperty(hostileJson(records), hostileJson(ledgers), async (record, ledger) => {
      await here.plant(record, ledger)
      await useAll()
    }),
    { numRuns: cases(100) },
  )
})

test('every function checks an id from outside', async () => {
  const { runs, others } = await scene()
  const before = await others()
  const log = new Log('quiet', () => {})
  const drain = async (items: AsyncIterable<unknown>) => {
    for await (const _ of items);
  }
  for (const id of [
    '',
    '.',
    '..',
    '../r1',
    'a/b',
    'a\\b',
    '%2e%2e',
    'a\0',
    'r1\n',
    'é',
    'e\u0301',
    'x'.repeat(65),
    '\ud800',
  ]) {
    const run = {
      ...{ id, args: [], params: {}, engine: { name: 'local' }, createdAt: new Date() },
      task: { bucket: 'home', key: 'script/a.sql' },
      request: { database: null, timeoutSeconds: null, pin: null },
    }
    const uses = [
      () => runs.read(id),
      () => runs.submit(run),
      () => runs.claim(run, RUNNER, log),
      () => runs.requestCancel(id),
      () => drain(runs.readLog(id)),
      () => drain(runs.followLog(id)),
    ]
    for (const use of uses) await expect(use(), JSON.stringify(id)).rejects.toMatchObject({ code: 'USAGE' })
  }
  expect(await others()).toEqual(before)
})
