import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import type { Database, Session } from '../../../src/database/database.ts'
import type { ParallelReads } from '../../../src/database/parallel-reads.ts'
import type { RangesProgress, ReaderHost, ReaderLimits, ReaderSession } from '../../../src/export/index.ts'
import { ParallelRead } from '../../../src/export/parallel/parallel-read.ts'
import { type ExportPlan, planExport } from '../../../src/export/plan.ts'
import { type ExportResult, runExport } from '../../../src/export/run-export.ts'
import { type ExportStatement, NO_CLAUSES, type Parallel } from '../../../src/sql/index.ts'
import type { DirectoryStore } from '../../../src/store/index.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'
import { numbers } from '../../setup/mysql-numbers.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { freshStore, RecordingJournal } from '../export/fixture.ts'
import { serverUrl as mysqlUrl, openDatabase as openMysql } from '../mysql/session.ts'
import { openDatabase as openPostgres, serverUrl as postgresUrl } from '../postgres/session.ts'

export const ROWS = 20_000
export const BUCKET = 'b'
export const PREFIX = 'out/r'
/** Each file of tests has its own, so that it sees only its own statements on the server. */
export const RUN = `20261201-000000-${randomBytes(3).toString('hex')}`
export const MARK = `batchquery ${RUN}`
export const QUERY = 'SELECT id, v, day FROM t'

/** A table `t` of ROWS rows: id, a text or NULL, one of three days. And an empty one, `none`. */
const MYSQL_TABLES = [
  'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(100), day DATE)',
  `INSERT INTO t SELECT seq, NULLIF(REPEAT(CHAR(97 + seq % 26), seq % 90), ''), '2026-01-01' + INTERVAL seq % 3 DAY FROM ${numbers(ROWS)}`,
  'CREATE TABLE none LIKE t',
  'ANALYZE TABLE t, none',
]
const POSTGRES_TABLES = [
  'CREATE TABLE t (id int PRIMARY KEY, v text, day date)',
  `INSERT INTO t SELECT s, nullif(repeat(chr(97 + s % 26), s % 90), ''), date '2026-01-01' + s % 3 FROM generate_series(1, ${ROWS}) s`,
  'CREATE TABLE none (LIKE t INCLUDING ALL)',
  'VACUUM ANALYZE t, none',
]

/** `id` below, between and above bounds. */
export const between = (...bounds: readonly number[]): string[] =>
  [Number.NEGATIVE_INFINITY, ...bounds].map((from, index) =>
    [
      Number.isFinite(from) ? `id >= ${from}` : 'TRUE',
      ...(index < bounds.length ? [`id < ${bounds[index]}`] : []),
    ].join(' AND '),
  )

/** A database, a store, and everything that an export tells its process. */
export interface World {
  readonly url: string
  readonly database: Database
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

export async function world(dialect: 'mysql' | 'postgres' = 'mysql'): Promise<World> {
  const url = await (dialect === 'mysql' ? mysqlTables() : postgresTables())
  const database = dialect === 'mysql' ? openMysql(url) : openPostgres(url)
  const session = await database.connect(MARK)
  onTestFinished(() => session.close())
  return {
    ...{ url, database, session, store: await freshStore() },
    ...{ opened: [], closed: [], ranges: [], notes: [], warnings: [] },
    counted: { rows: 0, bytes: 0, parts: 0 },
    journal: new RecordingJournal(),
  }
}

async function mysqlTables(): Promise<string> {
  const database = await freshDatabase()
  const admin = await adminConnection({ database })
  for (const sql of MYSQL_TABLES) await admin.query(sql)
  await admin.end()
  return mysqlUrl(database)
}

async function postgresTables(): Promise<string> {
  const database = await freshPostgresDatabase()
  const admin = await adminPg(database)
  for (const sql of POSTGRES_TABLES) await admin.query(sql)
  await admin.end()
  return postgresUrl(database)
}

export function hostOf(here: World, limits: Partial<ReaderLimits> = {}): ReaderHost {
  return {
    database: here.database,
    source: { url: here.url, environment: {}, folder: '/', store: here.store.name, files: null },
    mark: MARK,
    opened: async session => void here.opened.push(session),
    closed: ({ id }) => void here.closed.push(id),
    ranges: progress => void here.ranges.push(progress),
    limits: { maxSessions: null, warnAbove: {}, ...limits },
  }
}

export interface Given {
  readonly clauses?: Partial<ExportStatement>
  /** Null for one session. @default - 3 readers */
  readonly parallel?: Partial<Parallel> | null
  readonly query?: string
  readonly host?: Partial<ReaderHost>
  readonly signal?: AbortSignal
}

export function planOf({ store }: Pick<World, 'store'>, given: Given = {}): ExportPlan {
  const { clauses, parallel = {}, query = QUERY } = given
  const uri = `s3://${BUCKET}/${PREFIX}`
  const statement: ExportStatement = {
    ...NO_CLAUSES,
    ...{ query, at: query.length, destination: uri },
    parallel: parallel && { readers: 3, by: null, consistency: 'SNAPSHOT', ...parallel },
    ...clauses,
  }
  return planExport(statement, { store, bucket: BUCKET, prefix: PREFIX, uri })
}

const contextOf = (here: World, { host, signal }: Given) => ({
  ...{ runId: RUN, journal: here.journal, signal: signal ?? new AbortController().signal },
  progress: (rows: number, bytes: number, parts: number) => {
    here.counted.rows += rows
    here.counted.bytes += bytes
    here.counted.parts += parts
  },
  warn: (text: string) => void here.warnings.push(text),
  note: (text: string) => void here.notes.push(text),
  isLast: true,
  readers: { ...hostOf(here), ...host },
})

/** Reads in ranges that the test chooses. */
export function parallelRead(here: World, reads: ParallelReads, given: Given = {}): ParallelRead {
  const plan = planOf(here, given)
  if (plan.parallel === null) throw new Error('the plan is not parallel')
  const context = contextOf(here, given)
  return new ParallelRead(reads, here.session, plan, plan.parallel, { ...context, host: context.readers })
}

/** Runs an export in the ranges that the database chooses. */
export const exported = (here: World, given: Given = {}): Promise<ExportResult> =>
  runExport(here.session, planOf(here, given), contextOf(here, given))

/** The sessions of readers that the server still lists. */
export async function openSessions({ session, opened }: World): Promise<string[]> {
  const ids = ['0', ...opened.map(({ id }) => id)].join(', ')
  const list =
    session.dialect === 'mysql'
      ? `SELECT id FROM information_schema.processlist WHERE id IN (${ids})`
      : `SELECT pid FROM pg_stat_activity WHERE pid IN (${ids})`
  const { results } = await session.execute(list, 100)
  return results[0].rows.map(([id]) => id ?? '')
}

/** The files of the store, staged ones too. */
export const storedFiles = ({ store }: Pick<World, 'store'>): string[] =>
  readdirSync(store.name, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name)
