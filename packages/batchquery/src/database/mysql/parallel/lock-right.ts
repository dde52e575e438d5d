import { wordsOf } from '../../../sql/dialects/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'

const { text } = wordsOf('mysql').literals

const GRANT = /^GRANT (?<rights>.+?) ON (?:TABLE )?(?<where>\S.*?) TO /s

/**
 * Whether the user may lock a table, by itself or by an active role.
 *
 * @param table quoted, with its schema
 */
export async function mayLockTables(session: Session, table: string): Promise<boolean> {
  const [schema = ''] = /^`((?:[^`]|``)*)`/.exec(table)?.slice(1) ?? []
  const patterns: string[] = []
  for (const grant of await grantsOf(session)) {
    const { rights = '', where = '' } = GRANT.exec(grant)?.groups ?? {}
    if (!/(?:^|, )(?:ALL PRIVILEGES|LOCK TABLES)(?:,|$)/.test(rights)) continue
    if (where === '*.*') return true
    const pattern = /^`((?:[^`]|``)*)`\.\*$/.exec(where)?.[1]
    if (pattern !== undefined) patterns.push(pattern.replaceAll('``', '`'))
  }
  if (patterns.length === 0) return false
  const name = text(schema.replaceAll('``', '`'))
  const [[matches] = []] = await askSession(
    session,
    `SELECT ${patterns.map(pattern => `${name} LIKE ${text(pattern)} ESCAPE ${text('\\')}`).join(' OR ')}`,
  )
  return matches === '1'
}

/** MySQL lists what a role may do only if it is asked for the role. MariaDB lists it at once. */
async function grantsOf(session: Session): Promise<readonly string[]> {
  const texts = async (sql: string): Promise<readonly string[]> =>
    (await askSession(session, sql)).map(([grant]) => grant ?? '')
  const own = await texts('SHOW GRANTS')
  const [[roles] = []] = await askSession(session, 'SELECT CURRENT_ROLE()').catch(() => [])
  if (!roles?.startsWith('`')) return own
  return [...own, ...(await texts(`SHOW GRANTS FOR CURRENT_USER() USING ${roles}`))]
}
