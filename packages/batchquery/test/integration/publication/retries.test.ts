import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { recoveryIn } from '../../../src/export/index.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { withRetries } from '../../../src/task/retries.ts'
import { ELSEWHERE, newRun, type Result, resultAt, runsIn, runTo, SILENT, textOf } from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

const RESULT: Result = { word: 'new', lines: 300, overwrite: true }

test('a run completes the publication of its last export, and does not start again, when its attempt failed during it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'batchquery-retries-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const store = new DirectoryStore(root)
  const runs = runsIn(store, 'home')
  const session = await new DuckdbDatabase(':memory:').connect()
  onTestFinished(() => session.close())
  // The destination stops answering before the manifest is written.
  const dying = new MortalStore(store, { name: 'put', key: 'out/r.manifest' })
  const begun: number[] = []
  const run = { ...newRun('r1'), request: { ...newRun('r1').request, retries: 1 } }
  const last = await withRetries(await runs.claim(run, ELSEWHERE, SILENT), {
    signal: new AbortController().signal,
    log: SILENT,
    pauses: { firstMs: 1, longestMs: 1 },
    begin: async run => {
      begun.push(run.record.attempt)
      await Promise.race([runTo(run, RESULT, session, dying, 'home'), dying.died])
      expect(run.record.exports).toMatchObject([{ state: 'COMMITTING' }])
      throw new BatchQueryError('STORE_UNREACHABLE', 'the store did not answer')
    },
    recover: run => run.recoverOwn(recoveryIn(store), async () => []),
    next: run => runs.retry(run, ELSEWHERE, SILENT),
  })
  expect({ begun, failure: last.failure }).toEqual({ begun: [1], failure: null })
  await last.run.finish(null)
  expect(await runs.read('r1')).toMatchObject({ state: 'SUCCEEDED', exports: [{ state: 'PUBLISHED' }] })
  expect(await resultAt(store, 'home')).toEqual({
    text: textOf(RESULT),
    parts: expect.any(Number),
    manifest: true,
  })
})
