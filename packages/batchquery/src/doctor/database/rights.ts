import type { Session } from '../../database/database.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'
import type { DatabasePlace } from '../place.ts'
import { ask, withSession } from './with-session.ts'

/** Tables that are tried on MySQL, which has no function that tells a right. */
const MOST_TRIED = 20

/**
 * Whether the user may read something of the database. What a task reads is not known here.
 *
 * @throws PERMISSION where it may read nothing
 */
export async function mayRead(place: DatabasePlace, signal: AbortSignal): Promise<Finding> {
  if (place.url.dialect === 'mysql' && place.url.name === '')
    return { skipped: 'the URL names no database to look into' }
  return withSession(place, signal, session =>
    session.dialect === 'mysql' ? mayReadMysql(session, place) : mayReadPostgres(session, place),
  )
}

/** A table is listed where the user has any right on it, be it by a role. */
async function mayReadMysql(session: Session, { url }: DatabasePlace): Promise<Finding> {
  const listed = await ask(
    session,
    `SELECT TABLE_NAME FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1 LIMIT ${MOST_TRIED}`,
  )
  const tables = listed.map(([name]) => name ?? '')
  if (tables.length === 0) return withoutTables(session, url)
  let readable = 0
  for (const table of tables) if (await mayReadTable(session, table)) readable++
  if (readable === 0) throw mayReadNothing(url.user, url.name)
  const of = tables.length === MOST_TRIED ? `the first ${MOST_TRIED}` : `${tables.length}`
  return { figure: `${url.user} may read ${readable} of ${of} tables of ${url.name}` }
}

async function mayReadTable(session: Session, table: string): Promise<boolean> {
  try {
    await session.execute(`SELECT 1 FROM \`${table.replaceAll('`', '``')}\` LIMIT 0`, 0)
    return true
  } catch (thrown) {
    const error = BatchQueryError.from(thrown)
    if (error.code === 'PERMISSION') return false
    // One that was dropped since, or is damaged, is not a matter of rights.
    if (error.code === 'QUERY_FAILED') return true
    throw error
  }
}

/** An empty database looks the same as one of which the user may see nothing: then the right itself is looked for. */
async function withoutTables(session: Session, url: DatabasePlace['url']): Promise<Finding> {
  const rights = await ask(
    session,
    `SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT'
     UNION ALL SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES
     WHERE PRIVILEGE_TYPE = 'SELECT' AND DATABASE() LIKE TABLE_SCHEMA`,
  )
  if (rights.length === 0) throw mayReadNothing(url.user, url.name)
  return { figure: `${url.user} may read ${url.name}, which has no table` }
}

async function mayReadPostgres(session: Session, { url }: DatabasePlace): Promise<Finding> {
  const [[all, readable, name] = []] = await ask(
    session,
    `SELECT count(*),
       count(*) FILTER (WHERE pg_catalog.has_schema_privilege(n.oid, 'USAGE')
         AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')),
       pg_catalog.current_database()
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
  )
  if (all === '0') return { figure: `${name} has no table` }
  if (readable === '0') throw mayReadNothing(url.user, `${name}`)
  return { figure: `${url.user} may read ${readable} of ${all} tables of ${name}` }
}

const mayReadNothing = (user: string, name: string): BatchQueryError =>
  new BatchQueryError('PERMISSION', `${user} may read no table of ${JSON.stringify(name)}`, {
    hint: `Grant SELECT on what the tasks read, to ${user} or to a role that is active; or check the name of the database in the URL.`,
  })
