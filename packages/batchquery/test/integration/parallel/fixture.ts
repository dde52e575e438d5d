import { readdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import type { Session } from '../../../src/database/database.ts'
import type { ParallelReads } from '../../../src/database/parallel-reads.ts'
import type { RangesProgress, ReaderHost, ReaderLimits, ReaderSession } from '../../../src/export/index.ts'
import { ParallelRead } from '../../../src/export/parallel/parallel-read.ts'
import { planExport } from '../../../src/export/plan.ts'
import { NO_FORMAT_CLAUSES } from '../../../src/format/index.ts'
import { type ExportStatement, NO_CLAUSES, type Parallel } from '../../../src/sql/index.ts'
import type { DirectoryStore } from '../../../src/store/index.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { freshStore, RecordingJournal } from '../export/fixture.ts'
import { openDatabase, serverUrl } from '../mysql/session.ts'

export const ROWS = 20_000
export const BUCKET = 'b'
export const MARK = 'batchquery 20261201-000000-parall'
export const RUN = '20261201-000000-parall'

/** A table `t` of ROWS rows: id, a text, and a day of one of three. */
const TABLE = [
  'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100), day DATE)',
  `INSERT INTO t SELECT seq, REPEAT(CHAR(97 + seq % 26), seq % 90), '2026-01-01' + INTERVAL seq % 3 DAY FROM seq_1_to_${ROWS}`,
]

/** `id` below, between and above bounds. */
export const between = (...bounds: readonly number[]): string[] =>
  [Number.NEGATIVE_INFINITY, ...bounds].map((from, index) =>
    [
      ...(Number.isFinite(from) ? [`id >= ${from}`] : ['TRUE']),
      ...(index < bounds.length ? [`id < ${bounds[index]}`] : []),
    ].join(' AND '),
  )

export interface World {
  readonly url: string
  readonly session: Session
  readonly store: DirectoryStore
  readonly opened: ReaderSession[]
  readonly closed: string[]
  readonly ranges: RangesProgress[]
  readonly notes: string[]
  readonly warnings: string[]
  readonly counted: { rows: number; bytes: number; parts: number }
  readonly journal: RecordingJournal
}

export async function world(): Promise<World> {
  const database = await freshDatabase()
  const admin = await adminConnection({ database })
  for (const sql of TABLE) await admin.query(sql)
  await admin.end()
  const url = serverUrl(database)
  const session = await openDatabase(url).connect(MARK)
  onTestFinished(() => session.close())
  return {
    ...{
      url,
      session,
      store: await freshStore(),
      opened: [],
      closed: [],
      ranges: [],
      notes: [],
      warnings: [],
    },
    counted: { rows: 0, bytes: 0, parts: 0 },
    journal: new RecordingJournal(),
  }
}

export function hostOf(world: World, limits: Partial<ReaderLimits> = {}): ReaderHost {
  return {
    database: openDatabase(world.url),
    source: { url: world.url, environment: {}, folder: '/', store: world.store.name, files: null },
    mark: MARK,
    opened: async session => {
      world.opened.push(session)
    },
    closed: ({ id }) => world.closed.push(id),
    ranges: progress => world.ranges.push(progress),
    limits: { maxSessions: null, warnAbove: {}, ...limits },
  }
}

export const statement = (
  query: string,
  parallel: Parallel,
  clauses: Partial<ExportStatement> = {},
): ExportStatement => ({
  ...NO_CLAUSES,
  ...NO_FORMAT_CLAUSES,
  ...{ query, at: query.length, destination: `s3://${BUCKET}/out/r`, parallel },
  ...clauses,
})

export interface Given {
  readonly clauses?: Partial<ExportStatement>
  readonly readers?: number
  readonly query?: string
  readonly host?: Partial<ReaderHost>
  readonly signal?: AbortSignal
}

export function parallelRead(world: World, reads: ParallelReads, given: Given = {}): ParallelRead {
  const { clauses, readers = 3, query = 'SELECT id, v, day FROM t', host, signal } = given
  const destination = { store: world.store, bucket: BUCKET, prefix: 'out/r', uri: `s3://${BUCKET}/out/r` }
  const plan = planExport(
    statement(query, { readers, by: null, consistency: 'SNAPSHOT' }, clauses),
    destination,
  )
  if (plan.parallel === null) throw new Error('the plan is not parallel')
  return new ParallelRead(reads, world.session, plan, plan.parallel, {
    ...{ runId: RUN, journal: world.journal, signal: signal ?? new AbortController().signal },
    progress: (rows, bytes, parts) => {
      world.counted.rows += rows
      world.counted.bytes += bytes
      world.counted.parts += parts
    },
    warn: text => world.warnings.push(text),
    note: text => world.notes.push(text),
    host: { ...hostOf(world), ...host },
  })
}

/** The sessions of readers that the server still lists. */
export async function openSessions({ session, opened }: World): Promise<string[]> {
  const ids = ['0', ...opened.map(({ id }) => id)].join(', ')
  const list = `SELECT id FROM information_schema.processlist WHERE id IN (${ids})`
  const { results } = await session.execute(list, 100)
  return results[0].rows.map(([id]) => id ?? '')
}

/** The files of the store, staged ones too. */
export const storedFiles = ({ store }: World): string[] =>
  readdirSync(store.name, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name)
