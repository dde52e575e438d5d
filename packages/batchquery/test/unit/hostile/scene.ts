import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { downloadParts, recordedDestination, recoveryIn, verifyExport } from '../../../src/export/index.ts'
import type { StagedExport } from '../../../src/journal/index.ts'
import { Log } from '../../../src/platform/index.ts'
import { RunStore } from '../../../src/run/index.ts'
import { indexKey } from '../../../src/run/index-keys.ts'
import { DirectoryStore } from '../../../src/store/index.ts'
import { BEGUN, CHANGED, RECORD, STAGED } from './corpus.ts'

export const ID = 'r1'
export const RUNNER = { host: 'elsewhere', pid: 1, version: '0.1.0' }

/**
 * A home bucket that its users share, and objects that the run with the hostile record never wrote: a result in
 * another bucket, one in a folder of the user's own, and the staged objects of a live run.
 */
export async function scene() {
  const folder = await mkdtemp(join(tmpdir(), 'batchquery-records-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const write = async (path: string, content = 'theirs') => {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  for (const result of ['store/other/result', 'store/home/out/result', 'elsewhere/out/result'])
    for (const suffix of ['.manifest', '.part_00000', '.part_00001', '.part_00000.gz', ''])
      await write(`${result}${suffix}`)
  const store = new DirectoryStore(join(folder, 'store'))
  const live = await store.stage({ bucket: 'other', key: 'result.part_00000' }, 'live')
  await live.write(Buffer.from('theirs'))
  await live.finish()
  const runs = new RunStore(store, 'home', {
    recovery: recoveryIn(store),
    deadAfterMs: 0,
    heartbeatMs: 10_000,
  })

  /** Everything except the objects of runs. */
  const others = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
    const kept = files.filter(file => !/\/home\/(?:runs|index|locks)\//.test(file)).sort()
    return Promise.all(kept.map(async file => [file, await readFile(file, 'utf8')]))
  }
  const plant = async (record: unknown, ledger: unknown, attempt = 1) => {
    const number = String(attempt).padStart(4, '0')
    // The end of an earlier planted run would hide this one from reap.
    for (const kept of ['runs', 'index'])
      await rm(join(folder, 'store/home', kept), { recursive: true, force: true })
    await write(`store/home/${indexKey(new Date(RECORD.createdAt), ID)}`, '')
    await write(`store/home/runs/${ID}/run.json`, JSON.stringify(record))
    await write(`store/home/runs/${ID}/attempt-${number}`, JSON.stringify({ ...RUNNER, claimedAt: '' }))
    await write(`store/home/runs/${ID}/parts-${number}.json`, JSON.stringify(ledger))
  }
  /** In the format of version 2: `objects` by the names in the folder of the export. */
  const plantExport = async (record: unknown, objects: Readonly<Record<string, unknown>>) => {
    await rm(join(folder, 'store/home/runs'), { recursive: true, force: true })
    await write(`store/home/${indexKey(new Date(RECORD.createdAt), ID)}`, '')
    await write(`store/home/runs/${ID}/run.json`, JSON.stringify(record))
    await write(`store/home/runs/${ID}/attempt-0001`, JSON.stringify({ ...RUNNER, claimedAt: '' }))
    for (const [name, object] of Object.entries(objects))
      await write(`store/home/runs/${ID}/exports/0001-0001/${name}.json`, JSON.stringify(object))
  }
  const reap = async () => {
    const reaped = []
    for await (const run of runs.reap(RUNNER, new Log('quiet', () => {}), { dryRun: false })) reaped.push(run)
    return reaped
  }
  /** The work of `verify` and `get`. */
  const useResult = async () => {
    const record = await runs.read(ID)
    const exports = (await runs.publishedResults(record)).streamed.map(published => ({
      published,
      destination: recordedDestination(published, store),
    }))
    for (const { published, destination } of exports)
      for await (const _ of verifyExport(published, destination, () => {}));
    const options = {
      folder,
      overwrite: true,
      runId: ID,
      progress: () => {},
      signal: new AbortController().signal,
    }
    await downloadParts(exports, './copies', options)
  }
  return { folder, store, runs, live, others, plant, plantExport, reap, useResult }
}

export type Scene = Awaited<ReturnType<typeof scene>>

export const exportTo = (
  uri: string,
  token: Partial<StagedExport['parts'][number]['token']>,
): StagedExport => {
  const { bucket, key } = /^s3:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/.exec(uri)?.groups ?? {
    bucket: uri.split('/').at(-2),
    key: uri.split('/').at(-1),
  }
  const [part] = STAGED.parts
  return {
    ...STAGED,
    uri,
    overwrite: true,
    manifest: null,
    parts: [
      {
        ...part,
        uri: `${uri}.part_00000`,
        bytes: 6,
        token: {
          kind: 'directory',
          owner: ID,
          bucket: bucket ?? '',
          key: `${key}.part_00000`,
          handle: `${ID}.0123456789abcdef.result.part_00000:1:1`,
          ...token,
        },
      },
    ],
    bytes: 6,
  }
}

/** The objects of an export in a state. */
export const objectsOf = (state: string, staged: unknown, uri: string): Record<string, unknown> => ({
  begun: { ...BEGUN, uri },
  staged: { version: 2, export: staged },
  ...(state !== 'STAGED' && { committing: CHANGED }),
  ...(state === 'PUBLISHED' && { published: CHANGED }),
})

export const recordOf = (state: string, uri: string) => ({
  ...RECORD,
  runner: RUNNER,
  error: null,
  exports: [{ ...RECORD.exports[0], uri, state, bytes: 6 }],
})
