import { type Client, escapeLiteral } from 'pg'
import { ask } from './statement.ts'

/** A session as the server lists it. The pid alone is not enough: it may have passed to somebody else. */
export interface Backend {
  readonly pid: string
  /** Seconds, as the server prints them. */
  readonly startedAt: string
  /** The mark as the server keeps it: it cuts names to 63 bytes. */
  readonly applicationName: string
}

const STARTED_AT = `pg_catalog.date_part('epoch', backend_start)::text`

export async function ownBackend(client: Client): Promise<Backend> {
  const [row] = await ask(
    client,
    `SELECT pid, ${STARTED_AT}, application_name
     FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()`,
  )
  const [pid, startedAt, applicationName] = row.map(value => value ?? '')
  return { pid, startedAt, applicationName }
}

/** The condition in pg_stat_activity that only this session meets. */
export const isBackend = ({ pid, startedAt, applicationName }: Backend): string =>
  `pid = ${Number(pid)} AND ${STARTED_AT} = ${escapeLiteral(startedAt)}
   AND application_name = ${escapeLiteral(applicationName)}`
