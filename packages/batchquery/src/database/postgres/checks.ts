import { askSession } from '../ask-session.ts'
import type { Session } from '../database.ts'
import { type DatabaseUrl, shownHost } from '../database-url.ts'
import type { Observation, ServerChecks } from '../dialect.ts'
import { readsNothing } from '../reads-nothing.ts'
import { askForTls } from './ask-for-tls.ts'
import { loginError } from './errors.ts'
import { isDirect } from './ssl-negotiation.ts'

export const POSTGRES_CHECKS: ServerChecks = {
  // A URL names the folder: https://www.postgresql.org/docs/current/libpq-connect.html
  socketPath: ({ socket, port }) => `${socket}/.s.PGSQL.${port}`,
  beginTls: async (socket, url) => {
    if (isDirect(url)) return ['postgresql']
    await askForTls(socket, shownHost(url))
    return []
  },
  loginError,
  now: `SELECT date_part('epoch', clock_timestamp())`,
  wait: 'SELECT pg_sleep(60)',
  mayRead,
  settings,
}

async function mayRead(session: Session, { user }: DatabaseUrl): Promise<Observation> {
  const [[all, readable, name] = []] = await askSession(
    session,
    `SELECT count(*),
       count(*) FILTER (WHERE pg_catalog.has_schema_privilege(n.oid, 'USAGE')
         AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')),
       pg_catalog.current_database()
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
  )
  if (all === '0') return { figure: `${name} has no tables` }
  if (readable === '0') throw readsNothing(user, `${name}`)
  return { figure: `${user} can read ${readable} of ${all} tables of ${name}` }
}

/** In the units in which the server counts them: all are milliseconds. */
async function settings(session: Session): Promise<Observation> {
  const rows = await askSession(
    session,
    `SELECT name, setting FROM pg_catalog.pg_settings
     WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout',
       'idle_session_timeout', 'max_standby_streaming_delay') ORDER BY name`,
  )
  const [[isReplica] = []] = await askSession(session, 'SELECT pg_catalog.pg_is_in_recovery()')
  const values = rows.map(([name, value]) => ({ name: name ?? '', milliseconds: Number(value) }))
  const timeouts = values.filter(({ name }) => name !== 'max_standby_streaming_delay')
  const warnings = values.flatMap(({ name, milliseconds }) => {
    if (name === 'max_standby_streaming_delay')
      return isReplica === 't' && milliseconds >= 0
        ? `this is a replica, which ends a query that delays replication for more than ${milliseconds / 1000} s (max_standby_streaming_delay)`
        : []
    return milliseconds > 0
      ? `the server ends a statement or session after ${milliseconds / 1000} s (${name}); SET it to 0 in the task, or for the user`
      : []
  })
  const shown = ({ name, milliseconds }: { name: string; milliseconds: number }) =>
    `${name} ${milliseconds === 0 ? 'off' : `${milliseconds / 1000} s`}`
  return { figure: timeouts.map(shown).join(', '), warnings }
}
