import { describe, expect, test } from 'vitest'
import { recoveryIn } from '../../../src/export/index.ts'
import type { StagedExport } from '../../../src/journal/index.ts'
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

describe('exports', () => {
  const URI = 's3://home/output/result'

  test('write resolves when the store has an object for the step', async () => {
    const { runs, run, text, keys } = await started()
    const { journal } = run
    const folder = `runs/${ID}/exports/0001-0001`
    const names = async () =>
      (await keys()).filter(key => key.startsWith(folder)).map(key => key.slice(folder.length + 1))
    const shown = async () => (await runs.read(ID)).exports
    const invalidDates = Array.from({ length: 30 }, (_, at) => ({ column: `d${at}`, count: at + 1 }))
    const staged = { ...stagedExport(URI, 250), compression: 'ZSTD' as const, invalidDates }
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
    expect(recorded).toMatchObject({ compression: 'ZSTD', invalidDates: invalidDates.slice(0, 10) })
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

  test('a later export to the same destination has its own folder', async () => {
    const { runs, run, keys } = await started()
    const { journal } = run
    for (const last of ['published', 'aborted'] as const) {
      await journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
      await journal.write({ step: 'staged', export: stagedExport(URI, 1) })
      await journal.write({ step: 'committing', uri: URI })
      await journal.write({ step: last, uri: URI })
    }
    // One export failed before it was staged, and one never began.
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

  test('the journal refuses a step in the wrong state', async () => {
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

  test('the journal writes nothing when the run is lost', async () => {
    const { run, store, keys } = await started()
    await run.journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
    await run.journal.write({ step: 'staged', export: stagedExport(URI, 1) })
    await store.put({ bucket: 'home', key: `runs/${ID}/attempt-0002` }, Buffer.from('{}'))
    await expect.poll(() => run.lost.aborted).toBe(true)
    const before = await keys()
    await run.journal.write({ step: 'aborted', uri: URI })
    await expect(run.journal.write({ step: 'committing', uri: URI })).rejects.toMatchObject({
      code: 'RUN_CLAIMED',
    })
    expect(await keys()).toEqual(before)
    await run.leave()
  })

  test('the latest export to a destination counts when an earlier one remained staged', async () => {
    const { run, store } = await started()
    const step = (name: 'committing' | 'published') => run.journal.write({ step: name, uri: URI })
    for (const isPublished of [false, true]) {
      await run.journal.write({ step: 'begun', uri: URI, format: 'TEXT' })
      await run.journal.write({ step: 'staged', export: stagedExport(URI, 1) })
      if (isPublished) await step('committing')
      if (isPublished) await step('published')
    }
    // The store has no part of these exports.
    const recovery = { ...recoveryIn(store), abort: async () => {}, removeBegun: async () => true }
    await run.recoverJoined(recovery, async () => [], [])
    expect(run.record.exports.map(({ state }) => state)).toEqual(['ABORTED', 'PUBLISHED'])
    expect(run.journal.isPublished(URI)).toBe(true)
    await run.finish(null)
  })

  test('only one run at a time can lock a destination', async () => {
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
