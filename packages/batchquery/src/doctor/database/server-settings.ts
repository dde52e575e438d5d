import type { Session } from '../../database/database.ts'
import type { Finding } from '../check.ts'
import type { DatabasePlace } from '../place.ts'
import { ask, withSession } from './with-session.ts'

const MIB = 1024 ** 2
/** What MariaDB allows by default. A row that is longer ends the export. */
const USUAL_PACKET = 16 * MIB
/** What our sessions ask for: a slow store makes us stop reading for a while. Seconds. */
const PATIENCE = 8 * 3600

/** The settings that end an hours-long statement, or a row that is long, as they are in a session of ours. */
export function readServerSettings(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  return withSession(place, signal, session =>
    session.dialect === 'mysql' ? mysqlSettings(session) : postgresSettings(session),
  )
}

async function mysqlSettings(session: Session): Promise<Finding> {
  const rows = await ask(
    session,
    `SHOW VARIABLES WHERE Variable_name IN
      ('max_allowed_packet', 'net_write_timeout', 'wait_timeout', 'max_execution_time', 'max_statement_time')`,
  )
  const values = new Map(rows.map(([name, value]) => [name ?? '', Number(value)]))
  const numberOf = (name: string): number => values.get(name) ?? 0
  const packet = numberOf('max_allowed_packet')
  const patience = ['net_write_timeout', 'wait_timeout'].map(name => ({ name, seconds: numberOf(name) }))
  // Of MySQL in milliseconds, of MariaDB in seconds.
  const limit = numberOf('max_execution_time') / 1000 + numberOf('max_statement_time')
  const warnings = [
    packet < USUAL_PACKET &&
      `rows of more than ${mebibytes(packet)} cannot be read: raise max_allowed_packet on the server`,
    ...patience.map(
      ({ name, seconds }) =>
        seconds < PATIENCE &&
        `the server keeps ${name} at ${seconds} s: it ends the session where the store is slow for so long`,
    ),
    limit > 0 &&
      `the server ends each SELECT after ${limit} s: raise max_execution_time (MariaDB: max_statement_time), or SET it to 0 in the task`,
  ]
  return {
    figure: [
      `max_allowed_packet ${mebibytes(packet)}`,
      ...patience.map(({ name, seconds }) => `${name} ${seconds} s`),
      limit === 0 ? 'no limit on statements' : `statements ${limit} s`,
    ].join(', '),
    warnings: warnings.filter(warning => warning !== false),
  }
}

const mebibytes = (bytes: number): string => `${Number((bytes / MIB).toFixed(1))} MiB`

/** In the units that the server counts them in: all are milliseconds. */
async function postgresSettings(session: Session): Promise<Finding> {
  const rows = await ask(
    session,
    `SELECT name, setting FROM pg_catalog.pg_settings
     WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout',
       'idle_session_timeout', 'max_standby_streaming_delay') ORDER BY name`,
  )
  const [[isReplica] = []] = await ask(session, 'SELECT pg_catalog.pg_is_in_recovery()')
  const values = rows.map(([name, value]) => ({ name: name ?? '', milliseconds: Number(value) }))
  const timeouts = values.filter(({ name }) => name !== 'max_standby_streaming_delay')
  const warnings = values.flatMap(({ name, milliseconds }) => {
    if (name === 'max_standby_streaming_delay')
      return isReplica === 't' && milliseconds >= 0
        ? `this is a replica, which ends a query that holds replication up for more than ${milliseconds / 1000} s (max_standby_streaming_delay)`
        : []
    return milliseconds > 0
      ? `the server ends what lasts longer than ${milliseconds / 1000} s (${name}): SET it to 0 in the task, or for the user`
      : []
  })
  const shown = ({ name, milliseconds }: { name: string; milliseconds: number }) =>
    `${name} ${milliseconds === 0 ? 'off' : `${milliseconds / 1000} s`}`
  return { figure: timeouts.map(shown).join(', '), warnings }
}
