import { wordsOf } from '../../../sql/dialects/index.ts'
import { askSession } from '../../ask-session.ts'
import type { Session } from '../../database.ts'
import type { NamedValue, SessionState } from '../../parallel-reads.ts'
import { explain, nodesOf } from './explained.ts'
import { refusal } from './undividable.ts'

const { text } = wordsOf('postgres').literals

/**
 * The settings that belong to a session or a transaction, not to the way in which it reads: its name, its encoding, which every session of
 * ours has, and the modes of its transaction.
 */
const OWN_SETTINGS = [
  'application_name',
  'client_encoding',
  'transaction_isolation',
  'transaction_read_only',
  'transaction_deferrable',
]
const SETTINGS = `FROM pg_catalog.pg_settings
  WHERE context IN ('user', 'superuser') AND name NOT IN (${OWN_SETTINGS.map(text).join(', ')})`

/** A setting of ours in which a reader's session notes its backend, so that `check` sees whether a pool has given it another one. */
const BACKEND = 'batchquery.backend'
const NOTE_BACKEND = `SELECT pg_catalog.set_config('${BACKEND}', pg_catalog.pg_backend_pid()::text, false)`

const ONE_BACKEND = 'one backend for all statements'

/** @throws UNSUPPORTED_CLAUSE if the session has written in an open transaction, or if a pool is in front of the server */
export async function readState(session: Session, query: string): Promise<SessionState> {
  await refusePool(session)
  await refuseOpenWrites(session)
  const custom = await customSettings(session, query)
  const setup = [
    ...custom.map(([name, value]) => setting(name, value ?? '')),
    ...(await settingStatements(session)),
    ...(await userStatements(session)),
    NOTE_BACKEND,
  ]
  const check = checkQuery([
    ...(await identityColumns(session)),
    ...custom.map(([name]) => [name, `pg_catalog.current_setting(${text(name)}, true)`] as const),
  ])
  const expected = (await askSession(session, check)).map(
    ([name, value]): NamedValue => [name ?? '', name === ONE_BACKEND ? 'true' : (value ?? null)],
  )
  return { setup, check, expected }
}

const setting = (name: string, value: string): string =>
  `SELECT pg_catalog.set_config(${text(name)}, ${text(value)}, false)`

/** A name with a dot in a call, as people and EXPLAIN write it. */
const READS_SETTING = /current_setting\s*\(\s*'([\w$]+(?:\.[\w$]+)+)'/gi

/** A call whose argument is not one literal. */
const READS_ANY_SETTING = /current_setting\s*\(\s*(?!\s|'[^']*'\s*(?:::|,|\)))/i

/** The name of a function in a call. A match begins where a word does: a constant in an expression may be a word of megabytes. */
const CALLED = /(?<![\w$])([\w$]+)"?\(/g

/**
 * The settings that the query reads by name: those that exist only because the session has set them, which the server does not list. Policies
 * (row level security) read them, and functions.
 */
async function customSettings(session: Session, query: string): Promise<readonly NamedValue[]> {
  const plan = await explain(session, query)
  const expressions = [...nodesOf(plan)].flatMap(node => [...node.output, ...node.expressions.values()])
  const called = expressions.flatMap(sql => [...sql.matchAll(CALLED)].map(([, name]) => name))
  const bodies = await askSession(
    session,
    `SELECT prosrc FROM pg_catalog.pg_proc WHERE prosrc LIKE '%current_setting%' AND proname = ANY (${listOf(called)})`,
  )
  const texts = [query, ...expressions, ...bodies.map(([body]) => body ?? '')]
  if (texts.some(sql => READS_ANY_SETTING.test(sql)))
    throw refusal(
      'the query reads a setting whose name is an expression, so batchquery cannot copy it',
      "Write the name as a literal: current_setting('name').",
    )
  const names = new Set(
    texts.flatMap(sql => [...sql.matchAll(READS_SETTING)].map(([, name]) => name.toLowerCase())),
  )
  const rows = await askSession(
    session,
    `SELECT name, pg_catalog.current_setting(name, true) FROM pg_catalog.unnest(${listOf([...names].sort())}) AS n (name)
     WHERE pg_catalog.current_setting(name, true) IS NOT NULL`,
  )
  return rows.map(([name, value]): NamedValue => [name ?? '', value ?? null])
}

const listOf = (names: readonly string[]): string => `ARRAY[${names.map(text).join(', ')}]::text[]`

async function refuseOpenWrites(session: Session): Promise<void> {
  const [[transaction] = []] = await askSession(session, 'SELECT pg_catalog.txid_current_if_assigned()')
  if (transaction == null) return
  throw refusal(
    `transaction ${transaction} of the task's session has written, and no other session sees that`,
    'COMMIT before the export, or remove PARALLEL.',
  )
}

async function refusePool(session: Session): Promise<void> {
  const [[pid] = []] = await askSession(session, 'SELECT pg_catalog.pg_backend_pid()')
  if (pid === session.id) return
  throw refusal(
    `the task's session was backend ${session.id} and is backend ${pid} now, so a pool shares it`,
    'Connect to the server itself, or let the pool keep a session for each client (session mode).',
  )
}

/** A value that SET LOCAL has set is copied too: in the readers it lasts as long as their sessions. */
async function settingStatements(session: Session): Promise<readonly string[]> {
  const rows = await askSession(
    session,
    `SELECT name, setting ${SETTINGS} AND source = 'session' ORDER BY name`,
  )
  return rows.map(([name, value]) => setting(name ?? '', value ?? ''))
}

/** The settings come first, because the user of the login may set more than the role. */
async function userStatements(session: Session): Promise<readonly string[]> {
  const [[role, user, login] = []] = await askSession(
    session,
    `SELECT pg_catalog.current_setting('role'), session_user,
       (SELECT usename FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid())`,
  )
  const statements: string[] = []
  if (user != null && login != null && user !== login) statements.push(setting('session_authorization', user))
  if (role != null && role !== 'none') statements.push(setting('role', role))
  return statements
}

/** In any time zone and style. */
const START = `pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`

/** What distinguishes the server from others, as far as the user may ask for it. */
async function identityColumns(session: Session): Promise<readonly (readonly [name: string, sql: string])[]> {
  const [[mayReadControl] = []] = await askSession(
    session,
    `SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')`,
  )
  return [
    ...(mayReadControl === 't'
      ? ([['system identifier', '(SELECT system_identifier FROM pg_catalog.pg_control_system())']] as const)
      : []),
    ...(session.server.kind === 'aurora-postgres'
      ? ([['instance', 'aurora_db_instance_identifier()']] as const)
      : []),
    // Not its address: a server may have several. No other server began in the same microsecond.
    ['server port', 'pg_catalog.inet_server_port()'],
    ['start of the server', START],
    ['replica', 'pg_catalog.pg_is_in_recovery()'],
    ['database', 'pg_catalog.current_database()'],
    ['session_user', 'session_user'],
    ['current_user', 'current_user'],
    ['role', `pg_catalog.current_setting('role')`],
    [ONE_BACKEND, `pg_catalog.current_setting('${BACKEND}', true) = pg_catalog.pg_backend_pid()::text`],
  ]
}

/** Settings of extensions exist only in sessions that have used the extension, so only those that the session has set are compared. */
const checkQuery = (identity: readonly (readonly [name: string, sql: string])[]): string =>
  [
    ...identity.map(([name, sql]) => `SELECT ${text(name)}, (${sql})::text`),
    `SELECT name, setting ${SETTINGS} AND (pg_catalog.strpos(name, '.') = 0 OR source = 'session')`,
  ].join(' UNION ALL\n')
