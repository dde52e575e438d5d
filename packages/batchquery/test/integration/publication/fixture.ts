import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import { DuckdbDatabase } from '../../../src/database/duckdb/duckdb-database.ts'
import { compressionOf } from '../../../src/export/compression.ts'
import { type ExportPlan, recoveryIn, runExport } from '../../../src/export/index.ts'
import { partitionedPlan } from '../../../src/export/partitions/partitioned-plan.ts'
import { Log } from '../../../src/platform/index.ts'
import {
  type NewRun,
  type OwnedRun,
  type ReapedRun,
  type RunnerRecord,
  RunStore,
  thisRunner,
} from '../../../src/run/index.ts'
import type { PartitionBy } from '../../../src/sql/index.ts'
import { DirectoryStore, S3Store, type Store } from '../../../src/store/index.ts'
import { s3Proxy } from '../../faults/s3-proxy.ts'
import { adminCredentials, dropBucket, makeBucket, openUploads } from '../../setup/s3-client.ts'
import { formatPlan } from '../../setup/stream-options.ts'
import { MortalStore } from './mortal-store.ts'

// A proxy that adds behavior of the real S3 that the tests' server lacks.
const s3 = await s3Proxy()

/** A store with an empty bucket, which is the home bucket of the runs and the destination of their results. */
export interface Place {
  readonly bucket: string
  /** Tests try one of so many moments of death; a slower store tries fewer moments. */
  readonly stride: number
  /** How many times rivals meet. */
  readonly rounds: number
  /** Opens the store again, as another process would. */
  open(): Store
  /** The staged objects that are neither committed nor aborted. */
  staged(): Promise<readonly unknown[]>
  /** Makes an independent copy of the place, if that is cheap. */
  readonly twin?: () => Promise<Place>
  close(): Promise<void>
}

async function directoryPlace(root: string): Promise<Place> {
  return {
    bucket: 'home',
    stride: 1,
    rounds: 10,
    open: () => new DirectoryStore(root),
    staged: () => readdir(join(root, 'home/.batchquery-staging')).catch(() => []),
    async twin() {
      const copy = await freshRoot()
      // Uses hard links, because a token identifies a staged file by its inode.
      await promisify(execFile)('cp', ['-al', `${root}/.`, copy])
      return directoryPlace(copy)
    },
    close: () => rm(root, { recursive: true }),
  }
}

const freshRoot = () => mkdtemp(join(tmpdir(), 'batchquery-publication-'))

export const PLACES: readonly (readonly [kind: string, create: () => Promise<Place>])[] = [
  ['a directory', async () => directoryPlace(await freshRoot())],
  [
    'S3',
    async () => {
      const bucket = await makeBucket()
      const { region } = inject('s3')
      const client = { endpoint: s3.endpoint, region, credentials: adminCredentials() }
      return {
        bucket,
        stride: 4,
        rounds: 6,
        open: () => new S3Store({ client }),
        staged: () => openUploads(bucket),
        close: () => dropBucket(bucket),
      }
    },
  ],
]

/** A process on another machine. */
export const ELSEWHERE = { host: 'elsewhere', pid: 7, version: '0.1.0' }

/** A process of this machine that has ended: it had our number, but another start time. */
export async function endedHere(): Promise<RunnerRecord> {
  const us = await thisRunner()
  if (us.process === undefined) throw new Error('this machine does not report when a process began')
  return { ...us, process: { ...us.process, start: '0' } }
}

export const SILENT = new Log('quiet', () => {})

/** No beat and no log write comes between the steps of a test. */
const RARELY = 1_000_000
/** No other process works in the buckets of the tests. */
const STRANGERS_MS = 0

/** The runs of a home bucket. A silent attempt is dead after `deadAfterMs`. */
export const runsIn = (store: Store, bucket: string, deadAfterMs = 0): RunStore =>
  new RunStore(store, bucket, {
    recovery: recoveryIn(store, STRANGERS_MS),
    heartbeatMs: RARELY,
    logFlushMs: RARELY,
    deadAfterMs,
  })

export const newRun = (id: string): NewRun => ({
  id,
  task: { bucket: 'home', key: 'script/a.sql' },
  args: [],
  params: {},
  request: { database: null, timeoutSeconds: null, pin: null },
  engine: { name: 'local' },
  createdAt: new Date('2026-11-23T02:15:45.000Z'),
})

/** The lines `<word> 0` to `<word> n-1` in parts of 1,000 bytes. */
export interface Result {
  readonly word: string
  readonly lines: number
  readonly overwrite: boolean
  /** @default - true */
  readonly manifest?: boolean
  /** The destination's prefix. @default - out/r */
  readonly prefix?: string
  /** Into how many partitions by `p` the lines are divided. @default - none */
  readonly partitions?: number
  /** OVERWRITE PARTITIONS. @default - false */
  readonly keepsOthers?: boolean
}

const PART_BYTES = 1000

export const textOf = ({ word, lines }: Result): string =>
  Array.from({ length: lines }, (_, at) => `${word} ${at}\n`).join('')

export function planOf(result: Result, store: Store, bucket: string): ExportPlan {
  const { word, lines, overwrite, manifest = true, prefix = 'out/r', partitions, keepsOthers } = result
  const partitionBy = partitions === undefined ? null : { columns: ['p'], include: false }
  return {
    query: `SELECT '${word} ' || i AS line${partitionBy ? `, i % ${partitions} AS p` : ''} FROM range(${lines}) t(i)`,
    destination: { store, bucket, prefix, uri: `s3://${bucket}/${prefix}` },
    format: formatPlan({}),
    encryption: null,
    manifest: manifest ? 'ON' : 'OFF',
    overwrite: overwrite ? (keepsOthers ? 'PARTITIONS' : 'ON') : 'OFF',
    ...{ partitionBy, maxPartitions: 10_000, single: false, parallel: null, extension: null },
    ...(partitionBy && { divided: () => dividedPlan(partitionBy) }),
    compression: compressionOf('NONE'),
    maxPartBytes: PART_BYTES,
  }
}

const dividedPlan = (partitionBy: PartitionBy) =>
  partitionedPlan(
    formatPlan({}),
    { partitionBy, maxPartitions: 10_000, characterSet: null, invalidDates: null },
    {
      limits: { areFiles: false, otherKeyBytes: 0 },
      memoryBytes: Number.POSITIVE_INFINITY,
      warn: () => {},
    },
  )

/** Runs a task of one export, as a runner does. */
export async function runTo(
  run: OwnedRun,
  result: Result,
  session: Session,
  store: Store,
  bucket: string,
  isLast = true,
): Promise<void> {
  await run.start({ versionId: null, sha256: '00ff' })
  await runExport(session, planOf(result, store, bucket), {
    runId: run.record.id,
    journal: run.journal,
    progress: () => {},
    warn: text => run.warn(text),
    signal: new AbortController().signal,
    isLast,
  })
}

export const keysIn = async (store: Store, bucket: string, prefix: string): Promise<string[]> =>
  (await Readable.from(store.list(bucket, prefix)).toArray()).map(({ key }) => key)

/** Puts an earlier result of no run there. It has more parts than the results of the tests. */
export async function putEarlier(store: Store, bucket: string): Promise<void> {
  const keys = Array.from({ length: 8 }, (_, at) => `out/r.part_0000${at}`)
  for (const key of keys) await store.put({ bucket, key }, Buffer.from('earlier\n'))
  const entries = keys.map(key => ({ url: `s3://${bucket}/${key}` }))
  await store.put({ bucket, key: 'out/r.manifest' }, Buffer.from(JSON.stringify({ entries })))
}

/** The result at a destination: the text and number of the parts, and whether the manifest names exactly these parts. */
export async function resultAt(store: Store, bucket: string, prefix = 'out/r') {
  const keys = await keysIn(store, bucket, prefix)
  const read = async (key: string) => Buffer.from((await store.read({ bucket, key }))?.bytes ?? []).toString()
  const parts = keys.filter(key => key.includes('.part_'))
  const text = (await Promise.all(parts.map(read))).join('')
  const manifest = keys.includes(`${prefix}.manifest`) ? JSON.parse(await read(`${prefix}.manifest`)) : null
  const named = manifest?.entries.map((entry: { url: string }) => entry.url.replace(`s3://${bucket}/`, ''))
  return { text, parts: parts.length, manifest: manifest === null ? 'none' : String(named) === String(parts) }
}

export interface LifeOptions {
  /** @default - true */
  readonly isLast?: boolean
  /** @default - 0 */
  readonly deadAfterMs?: number
  /** @default - ELSEWHERE */
  readonly runner?: RunnerRecord
}

/** Runs a runner from its claim to its end. Returns false if it died before. */
export async function live(
  store: Store,
  bucket: string,
  id: string,
  result: Result,
  { isLast = true, deadAfterMs = 0, runner = ELSEWHERE }: LifeOptions = {},
): Promise<boolean> {
  const session = await new DuckdbDatabase(':memory:').connect()
  const life = async (): Promise<boolean> => {
    const run = await runsIn(store, bucket, deadAfterMs).claim(newRun(id), runner, SILENT)
    if (!run.recovered.isComplete) await runTo(run, result, session, store, bucket, isLast)
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

/** Reaps all dead runs, as another process would. */
export const reap = (place: Place, deadAfterMs = 0): Promise<ReapedRun[]> =>
  Readable.from(
    runsIn(place.open(), place.bucket, deadAfterMs).reap(ELSEWHERE, SILENT, { dryRun: false }),
  ).toArray()
