import { setTimeout as sleep } from 'node:timers/promises'
import { openSession, type Source, type SourceSession } from './sources.ts'

/** The load of an export on a database that other sessions write to at the same time. */
export interface Harm {
  /** The longest statement, in milliseconds. */
  readonly longestStatementMs: number
  /** The greatest number of sessions at once. */
  readonly sessions: number
  /**
   * The greatest number of old versions that the database had to keep for the export: InnoDB's history list, or
   * the transactions since PostgreSQL's oldest snapshot (the age of xmin).
   */
  readonly keptVersions: number
}

export interface Watch {
  /** Ends the watch, and reports what it saw. */
  stop(): Promise<Harm>
}

const SAMPLE_EVERY_MS = 20
/** A hundred small transactions per second, as an application would write. */
const WRITE_EVERY_MS = 10

/** Watches a database with two sessions: one writes a row again and again, the other one reads the load. */
export async function watchHarm(source: Source): Promise<Watch> {
  const [writer, watcher] = await Promise.all([openSession(source), openSession(source)])
  await writer.query('CREATE TABLE IF NOT EXISTS written (n BIGINT)')
  await writer.query('INSERT INTO written VALUES (0)')
  const ids = await Promise.all([writer, watcher].map(session => idOf(source, session)))
  const sql = samplingQuery(source, ids)
  let isStopped = false
  let worst: Harm = { longestStatementMs: 0, sessions: 0, keptVersions: 0 }
  const repeat = async (everyMs: number, work: () => Promise<void>): Promise<void> => {
    while (!isStopped) {
      await work()
      await sleep(everyMs)
    }
  }
  const loops = Promise.all([
    repeat(WRITE_EVERY_MS, async () => {
      await writer.query('UPDATE written SET n = n + 1')
    }),
    repeat(SAMPLE_EVERY_MS, async () => {
      worst = worse(worst, await sample(watcher, sql))
    }),
  ])
  return {
    stop: async () => {
      isStopped = true
      await loops
      await writer.query('DROP TABLE written')
      await Promise.all([writer.end(), watcher.end()])
      return worst
    },
  }
}

/** Resolves when no session but ours is open, so that PostgreSQL has counted the CPU time of the others. */
export async function waitForQuiet(source: Source, session: SourceSession): Promise<void> {
  const sql = samplingQuery(source, [await idOf(source, session)])
  for (let attempt = 0; attempt < 250 && (await sample(session, sql)).sessions > 0; attempt++) await sleep(20)
  await sleep(50)
}

async function idOf({ dialect }: Source, session: SourceSession): Promise<number> {
  const sql = dialect === 'mysql' ? 'SELECT CONNECTION_ID() AS id' : 'SELECT pg_backend_pid() AS id'
  return Number((await session.query(sql))[0]?.id)
}

async function sample(session: SourceSession, sql: string): Promise<Harm> {
  const [row] = await session.query(sql)
  return {
    longestStatementMs: Number(row?.ms ?? 0),
    sessions: Number(row?.sessions ?? 0),
    keptVersions: Number(row?.kept ?? 0),
  }
}

const worse = (a: Harm, b: Harm): Harm => ({
  longestStatementMs: Math.max(a.longestStatementMs, b.longestStatementMs),
  sessions: Math.max(a.sessions, b.sessions),
  keptVersions: Math.max(a.keptVersions, b.keptVersions),
})

/** @param ours the sessions that do not count */
function samplingQuery({ name, server }: Source, ours: readonly number[]): string {
  const ids = ours.join(', ')
  switch (name) {
    case 'mariadb':
      return `
        SELECT COUNT(*) AS sessions, MAX(IF(COMMAND = 'Sleep', 0, TIME_MS)) AS ms,
          (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_HISTORY_LIST_LENGTH') AS kept
        FROM information_schema.PROCESSLIST WHERE USER = '${server.user}' AND ID NOT IN (${ids})`
    case 'mysql':
      return `
        SELECT COUNT(DISTINCT t.THREAD_ID) AS sessions, MAX(e.TIMER_WAIT) / 1e9 AS ms,
          (SELECT COUNT FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len') AS kept
        FROM performance_schema.threads t LEFT JOIN performance_schema.events_statements_current e USING (THREAD_ID)
        WHERE t.TYPE = 'FOREGROUND' AND t.PROCESSLIST_USER = '${server.user}' AND t.PROCESSLIST_ID NOT IN (${ids})`
    case 'postgres':
      return `
        SELECT count(*) AS sessions, max(age(backend_xmin)) AS kept,
          max(extract(epoch FROM clock_timestamp() - query_start) * 1000) FILTER (WHERE state = 'active') AS ms
        FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid NOT IN (${ids})`
  }
}
