import { wordsOf } from '../../../sql/dialects/index.ts'
import { stringRulesOf, writeIdentifier } from '../../../sql/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { NamedValue, SessionState } from '../../parallel-reads.ts'
import { refusal } from './refusal.ts'
import { OWN_VARIABLES, wordsIn } from './undividable.ts'

const { text } = wordsOf('mysql').literals

/** Always compared: they decide what a query means. */
const COMPARED = ['sql_mode', 'time_zone', 'character_set_connection', 'collation_connection']

/** @throws UNSUPPORTED_CLAUSE if the session is in a transaction, whose moment no other session can see */
export async function readState(session: Session, query: string): Promise<SessionState> {
  await refuseTransaction(session)
  const changed = await changedVariables(session)
  const [[database, time] = []] = await askSession(session, 'SELECT DATABASE(), @@SESSION.timestamp')
  const role = await roleOf(session)
  const { asksForTime } = wordsIn(query, stringRulesOf('mysql', session.stringSetting ?? ''))
  const setup = [
    ...(database == null ? [] : [`USE ${writeIdentifier([database], 'mysql')}`]),
    ...(role === null || (role === 'NONE' && !(await hasRoles(session))) ? [] : [`SET ROLE ${role}`]),
    ...changed.map(([name, value]) => `SET SESSION ${name} = ${settingOf(value ?? '')}`),
    ...(asksForTime ? [`SET SESSION timestamp = ${Number(time)}`] : []),
  ]
  const names = [...new Set([...COMPARED, ...changed.map(([name]) => name)])]
  const check = checkQuery([
    ...names.map((name): Compared => [name, `@@SESSION.${name}`]),
    ...(await identities(session)),
    ['the database', 'DATABASE()'],
    ['the user', 'CURRENT_USER()'],
    ...(role === null ? [] : [['the role', 'CURRENT_ROLE()'] as const]),
  ])
  const expected = (await askSession(session, check)).map(
    ([name, value]): NamedValue => [name ?? '', value ?? null],
  )
  return { setup, check, expected }
}

/** The server says with each answer whether a transaction is open. This question opens none, as it reads no table. */
async function refuseTransaction(session: Session): Promise<void> {
  const { isInTransaction } = await session.execute('SELECT 1', 0)
  if (isInTransaction !== true) return
  throw refusal(
    "a transaction is open in the task's session, and no other session can see what it sees",
    'Write COMMIT before the export, or remove PARALLEL.',
  )
}

/** The variables that this session has otherwise than a new one, which begins with the global values. */
async function changedVariables(session: Session): Promise<readonly NamedValue[]> {
  const own = await askSession(session, 'SHOW SESSION VARIABLES')
  const global = new Map(
    (await askSession(session, 'SHOW GLOBAL VARIABLES')).map(([name, value]) => [name, value]),
  )
  return own.flatMap(([name, value]): NamedValue[] =>
    name === null || OWN_VARIABLES.test(name) || !global.has(name) || global.get(name) === value
      ? []
      : [[name, value]],
  )
}

/** A number or a word such as ON is the same with and without quotes for most variables, but not for all. */
const settingOf = (value: string): string => (/^-?\d+(?:\.\d+)?$/.test(value) ? value : text(value))

/** As SET ROLE takes it. Null if the server has no roles. */
async function roleOf(session: Session): Promise<string | null> {
  const rows = await askSession(session, 'SELECT CURRENT_ROLE()').catch(() => null)
  if (rows === null) return null
  const [[role] = []] = rows
  if (role == null || role === 'NONE') return 'NONE'
  // MySQL lists roles with their hosts, in quotes. MariaDB has one role, without quotes.
  return role.startsWith('`') ? role : writeIdentifier([role], 'mysql')
}

/**
 * Whether a new session of the user may begin with a role. After SET ROLE NONE, MySQL 8 no longer applies a grant whose database is written
 * as a pattern (`shop\_%`), so a reader whose user has no role is left as it begins.
 */
async function hasRoles(session: Session): Promise<boolean> {
  const [role] = await askSession(session, 'SELECT 1 FROM information_schema.APPLICABLE_ROLES LIMIT 1')
  return role !== undefined
}

type Compared = readonly [name: string, sql: string]

/** What distinguishes the server from others behind the same address. */
async function identities(session: Session): Promise<readonly Compared[]> {
  const names = ['server_uuid', 'server_uid', 'aurora_server_id', 'server_id', 'hostname', 'port']
  const rows = await askSession(
    session,
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names.map(name => `'${name}'`).join(', ')})`,
  )
  return rows.flatMap(([name]): Compared[] => (name === null ? [] : [[name, `@@GLOBAL.${name}`]]))
}

const checkQuery = (compared: readonly Compared[]): string =>
  compared
    .map(([name, sql]) => `SELECT ${text(name)} AS name, CONVERT(${sql} USING utf8mb4) AS value`)
    .join(' UNION ALL ')
