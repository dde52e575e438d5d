import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { Server } from '../database.ts'
import { ask } from './ask.ts'
import { REPORTED, SessionVariables } from './session-variables.ts'
import { runStatement } from './statement.ts'

/** Neither a slow store, which makes us stop reading for a while, nor a long publication may end the session. */
const PATIENCE_SECONDS = 8 * 3600

/**
 * The settings that batchquery makes once per session. No setting changes what a statement does. docs/operations.md lists them for
 * users.
 */
const SETTINGS = [
  // NAMES: one collation for our literals and the task's, like the server's own client
  'NAMES utf8mb4',
  `SESSION net_write_timeout = ${PATIENCE_SECONDS}`,
  `SESSION wait_timeout = ${PATIENCE_SECONDS}`,
].join(', ')
const REPORTS = `SESSION session_track_system_variables = '${REPORTED}'`

/** The server's facts about a new connection. */
export interface BegunSession {
  /** The value of CONNECTION_ID(). */
  readonly id: string
  readonly server: Server
  readonly variables: SessionVariables
}

/**
 * Sets up a new connection and identifies the server, in two round trips, because the server may be far away.
 *
 * @throws CONFIG if the server does not report the session's id
 */
export async function beginSession(connection: Connection): Promise<BegunSession> {
  const isReported = await setUp(connection)
  const rows = await ask(
    connection,
    `SHOW VARIABLES WHERE Variable_name IN
      ('version', 'version_comment', 'aurora_version', 'sql_mode', 'pseudo_thread_id', 'character_set_results',
       'time_zone', 'max_error_count', 'profiling', 'optimizer_trace')`,
  )
  const variables = new Map(rows.map(([name, value]) => [name ?? '', value ?? '']))
  // CONNECTION_ID() is the same value as this variable.
  const id = variables.get('pseudo_thread_id') ?? (await ask(connection, 'SELECT CONNECTION_ID()'))[0]?.[0]
  return {
    id: checkedId(id ?? ''),
    server: serverOf(variables),
    variables: new SessionVariables(variables, isReported),
  }
}

/** @returns whether the server reports changes of session variables; the reply itself shows it */
async function setUp(connection: Connection): Promise<boolean> {
  try {
    const { changed } = await runStatement(connection, `SET ${REPORTS}, ${SETTINGS}`, 0)
    return changed.has('character_set_results')
  } catch (error) {
    if (BatchQueryError.from(error).code === 'DATABASE_LOST') throw error
    await ask(connection, `SET ${SETTINGS}`)
    return false
  }
}

/** Without the id no process could stop a statement. With a wrong id it might look at another user's session. */
function checkedId(id: string): string {
  if (/^[1-9]\d*$/.test(id)) return id
  throw new BatchQueryError('CONFIG', `the server reports ${JSON.stringify(id)} as the id of this session`, {
    hint: 'Connect to the server itself. A proxy hides CONNECTION_ID(), so batchquery could not stop statements.',
  })
}

function serverOf(variables: ReadonlyMap<string, string>): Server {
  const version = variables.get('version') ?? ''
  const aurora = variables.get('aurora_version')
  if (aurora !== undefined) return { kind: 'aurora-mysql', version: aurora }
  const isMariadb = /mariadb/i.test(`${version} ${variables.get('version_comment')}`)
  return { kind: isMariadb ? 'mariadb' : 'mysql', version }
}
