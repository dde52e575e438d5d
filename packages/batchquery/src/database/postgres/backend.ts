import { createHash } from 'node:crypto'
import { type Client, escapeLiteral } from 'pg'
import type { Activity } from '../second-connection.ts'
import { ask } from './statement.ts'

/** A session in the server's list. The pid alone is not enough, because another session may reuse it. */
export interface Backend {
  readonly pid: string
  /** Seconds, as the server prints them. Null if another process must find the session. */
  readonly startedAt: string | null
  readonly applicationName: string
}

/** The server cuts names at this number of bytes. */
const NAME_BYTES = 63

/**
 * The mark as an application name that identifies the whole mark. A long mark ends with a hash, so that different
 * marks have different names.
 */
export function applicationName(mark: string): string {
  if (Buffer.byteLength(mark) <= NAME_BYTES) return mark
  const hash = createHash('sha256').update(mark).digest('hex').slice(0, 16)
  return `${mark.slice(0, NAME_BYTES - hash.length - 1)}~${hash}`
}

const STARTED_AT = `pg_catalog.date_part('epoch', backend_start)::text`

/** The key of the lock that identifies a session even if the task has changed its name: two numbers of 32 bits. */
const markKey = (name: string): readonly [number, number] => {
  const hash = createHash('sha256').update(name).digest()
  return [hash.readInt32BE(0), hash.readInt32BE(4)]
}

/** Identifies the session that the client has just begun, and takes its lock. */
export async function beginBackend(client: Client, name: string): Promise<Backend> {
  const [row] = await ask(
    client,
    `SELECT pid, ${STARTED_AT}, application_name, pg_catalog.pg_advisory_lock_shared(${markKey(name).join(', ')})
     FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()`,
  )
  const [pid, startedAt, applicationName] = row.map(value => value ?? '')
  return { pid, startedAt, applicationName }
}

/** The condition in pg_stat_activity that only this session meets. */
export const isBackend = ({ pid, startedAt, applicationName }: Backend): string =>
  startedAt === null
    ? `pid = ${Number(pid)} AND (application_name = ${escapeLiteral(applicationName)} OR ${hasLock(pid, applicationName)})`
    : `pid = ${Number(pid)} AND ${STARTED_AT} = ${escapeLiteral(startedAt)}`

/** https://www.postgresql.org/docs/current/view-pg-locks.html */
function hasLock(pid: string, name: string): string {
  const [first, second] = markKey(name).map(key => key >>> 0)
  return `EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid = ${Number(pid)} AND locktype = 'advisory'
    AND classid = ${first} AND objid = ${second} AND objsubid = 2)`
}

/** Whether the server is busy with a statement of the session, and what the statement waits for. */
export async function activityOf(client: Client, backend: Backend): Promise<Activity> {
  const [row] = await ask(
    client,
    `SELECT state, wait_event_type || ': ' || wait_event FROM pg_catalog.pg_stat_activity WHERE ${isBackend(backend)}`,
  )
  const [state, waitsFor] = row ?? []
  return {
    isAtWork: state === 'active' || state === 'fastpath function call',
    doing: waitsFor == null ? (state ?? null) : `${state}, waits for ${waitsFor}`,
  }
}
