import { BatchQueryError } from '../../errors/index.ts'
import { askSession } from '../ask-session.ts'
import type { Session } from '../database.ts'
import { type DatabaseUrl, shownHost } from '../database-url.ts'
import type { Observation, ServerChecks } from '../dialect.ts'
import { readsNothing } from '../reads-nothing.ts'
import { askForTls } from './ask-for-tls.ts'
import { loginError } from './errors.ts'

const MIB = 1024 ** 2
/** MariaDB's default. A longer row ends the export. */
const USUAL_PACKET = 16 * MIB
/** Our sessions ask for it, because a slow store makes us stop reading for a while. Seconds. */
const PATIENCE = 8 * 3600
/** Tables that are tried, because MySQL has no function that reports a right. */
const MOST_TRIED = 20

export const MYSQL_CHECKS: ServerChecks = {
  socketPath: ({ socket }) => `${socket}`,
  beginTls: async (socket, url) => {
    await askForTls(socket, shownHost(url))
    return []
  },
  loginError,
  now: 'SELECT UNIX_TIMESTAMP(NOW(6))',
  wait: 'SELECT SLEEP(60)',
  mayRead,
  settings,
}

/** information_schema lists a table if the user has any right on it, also through a role. */
async function mayRead(session: Session, url: DatabaseUrl): Promise<Observation> {
  if (url.name === '')
    return { skipped: 'the URL does not name a database, so this check has no tables to look at' }
  const listed = await askSession(
    session,
    `SELECT TABLE_NAME FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1 LIMIT ${MOST_TRIED}`,
  )
  const tables = listed.map(([name]) => name ?? '')
  if (tables.length === 0) return withoutTables(session, url)
  let readable = 0
  for (const table of tables) if (await mayReadTable(session, table)) readable++
  if (readable === 0) throw readsNothing(url.user, url.name)
  const tried = tables.length === MOST_TRIED ? `the first ${MOST_TRIED}` : `${tables.length}`
  return { figure: `${url.user} can read ${readable} of ${tried} tables of ${url.name}` }
}

async function mayReadTable(session: Session, table: string): Promise<boolean> {
  try {
    await session.execute(`SELECT 1 FROM \`${table.replaceAll('`', '``')}\` LIMIT 0`, 0)
    return true
  } catch (thrown) {
    const error = BatchQueryError.from(thrown)
    if (error.code === 'PERMISSION') return false
    // A table that was dropped since, or is damaged, says nothing about rights.
    if (error.code === 'QUERY_FAILED') return true
    throw error
  }
}

/** An empty database looks like one in which the user sees no table, so it looks for the right itself. */
async function withoutTables(session: Session, url: DatabaseUrl): Promise<Observation> {
  const rights = await askSession(
    session,
    `SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT'
     UNION ALL SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES
     WHERE PRIVILEGE_TYPE = 'SELECT' AND DATABASE() LIKE TABLE_SCHEMA`,
  )
  if (rights.length === 0) throw readsNothing(url.user, url.name)
  return { figure: `${url.user} can read ${url.name}, which has no tables` }
}

async function settings(session: Session): Promise<Observation> {
  const rows = await askSession(
    session,
    `SHOW VARIABLES WHERE Variable_name IN
      ('max_allowed_packet', 'net_write_timeout', 'wait_timeout', 'max_execution_time', 'max_statement_time')`,
  )
  const values = new Map(rows.map(([name, value]) => [name ?? '', Number(value)]))
  const numberOf = (name: string): number => values.get(name) ?? 0
  const packet = numberOf('max_allowed_packet')
  const patience = ['net_write_timeout', 'wait_timeout'].map(name => ({ name, seconds: numberOf(name) }))
  // MySQL's is in milliseconds, MariaDB's in seconds.
  const limit = numberOf('max_execution_time') / 1000 + numberOf('max_statement_time')
  const warnings = [
    packet < USUAL_PACKET &&
      `the server cannot send rows of more than ${mebibytes(packet)}; raise max_allowed_packet on the server`,
    ...patience.map(
      ({ name, seconds }) =>
        seconds < PATIENCE &&
        `the server keeps ${name} at ${seconds} s, so it ends the session if the store is slow for that long`,
    ),
    limit > 0 &&
      `the server ends each SELECT after ${limit} s; raise max_execution_time (MariaDB: max_statement_time), or SET it to 0 in the task`,
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
