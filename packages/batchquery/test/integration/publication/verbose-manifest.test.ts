import { expect, onTestFinished, test } from 'vitest'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { compressionOf } from '../../../src/export/compression.ts'
import { type ExportPlan, runExport } from '../../../src/export/index.ts'
import type { Store } from '../../../src/store/index.ts'
import { formatPlan } from '../../setup/stream-options.ts'
import { ELSEWHERE, newRun, PLACES, type Place, reap, runsIn, SILENT } from './fixture.ts'
import { MortalStore } from './mortal-store.ts'

const KEY = 'out/r.manifest'

function planOf(store: Store, bucket: string): ExportPlan {
  return {
    query: "SELECT i, 'x' || i AS s FROM range(3000) t(i)",
    destination: { store, bucket, prefix: 'out/r', uri: `s3://${bucket}/out/r` },
    format: formatPlan({ format: 'PARQUET' }),
    ...{ encryption: null, manifest: 'VERBOSE', overwrite: 'OFF', compression: compressionOf('NONE') },
    ...{ partitionBy: null, maxPartitions: 1, single: false, parallel: null, extension: null },
    maxPartBytes: 10_000,
  }
}

/** Runs a runner from its claim to its end. Returns false if it died before. */
async function live(store: Store, bucket: string): Promise<boolean> {
  const session = await new DuckdbDatabase(':memory:').connect()
  const life = async (): Promise<boolean> => {
    const run = await runsIn(store, bucket).claim(newRun('r1'), ELSEWHERE, SILENT)
    await run.start({ versionId: null, sha256: '00ff' })
    await runExport(session, planOf(store, bucket), {
      ...{ runId: 'r1', journal: run.journal, progress: () => {}, warn: () => {}, isLast: true },
      signal: new AbortController().signal,
    })
    await run.finish(null)
    return true
  }
  const death = store instanceof MortalStore ? store.died.then(() => false) : new Promise<never>(() => {})
  try {
    return await Promise.race([life(), death])
  } finally {
    await session.cancel()
    await session.close()
  }
}

async function manifestAt({ open, bucket }: Place): Promise<string | null> {
  const object = await open().read({ bucket, key: KEY })
  return object === null ? null : Buffer.from(object.bytes).toString()
}

test('the manifest of a run that died at any moment is the same as that of a run that lived, or there is none', async () => {
  const [[, create]] = PLACES
  const fresh = async (): Promise<Place> => {
    const place = await create()
    onTestFinished(() => place.close())
    return place
  }
  const calm = await fresh()
  expect(await live(calm.open(), calm.bucket)).toBe(true)
  const expected = await manifestAt(calm)
  const { entries } = JSON.parse(`${expected}`)
  expect(entries.length).toBeGreaterThan(1)
  expect(entries[0].meta.columns[0]).toMatchObject({ name: 'i', null_count: 0, min: '0' })
  const found = new Set<string | null>()
  for (let lifetime = 0; ; lifetime++) {
    const place = await fresh()
    if (await live(new MortalStore(place.open(), lifetime), place.bucket)) break
    await reap(place)
    found.add(await manifestAt(place))
  }
  expect(found).toEqual(new Set([null, expected]))
})
