import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { Server } from '../database.ts'
import { ask } from './ask.ts'
import { REPORTED, SessionVariables } from './session-variables.ts'
import { runStatement } from './statement.ts'

/** A slow store makes us stop reading for a while, and a publication may take long: neither may end the session. */
const PATIENCE_SECONDS = 8 * 3600

/**
 * What batchquery sets for a session, once. None of it changes what a statement does: docs/operations.md names them to
 * users.
 */
const SETTINGS = [
  // NAMES: one collation for our literals and the task's, as the server's own client has it
  'NAMES utf8mb4',
  `SESSION net_write_timeout = ${PATIENCE_SECONDS}`,
  `SESSION wait_timeout = ${PATIENCE_SECONDS}`,
].join(', ')
const REPORTS = `SESSION session_track_system_variables = '${REPORTED}'`

/** What a connection that was just opened is to the server. */
export interface BegunSession {
  /** As CONNECTION_ID() gives it. */
  readonly id: string
  readonly server: Server
  readonly variables: SessionVariables
}

/**
 * Sets up a connection that was just opened, and asks who answers: in two round trips, as the server may be far away.
 *
 * @throws CONFIG where the server does not tell the session's id
 */
export async function beginSession(connection: Connection): Promise<BegunSession> {
  const isReported = await setUp(connection)
  const rows = await ask(
    connection,
    `SHOW VARIABLES WHERE Variable_name IN
      ('version', 'version_comment', 'aurora_version', 'sql_mode', 'pseudo_thread_id', 'character_set_results',
       'max_error_count', 'profiling', 'optimizer_trace')`,
  )
  const variables = new Map(rows.map(([name, value]) => [name ?? '', value ?? '']))
  // CONNECTION_ID() is the value of this variable, by another name.
  const id = variables.get('pseudo_thread_id') ?? (await ask(connection, 'SELECT CONNECTION_ID()'))[0]?.[0]
  return {
    id: checkedId(id ?? ''),
    server: serverOf(variables),
    variables: new SessionVariables(variables, isReported),
  }
}

/** @returns whether the server reports the changes of session variables, which the answer itself shows */
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

/** Without the id nobody could stop a statement, and with a wrong one somebody else's might be looked at. */
function checkedId(id: string): string {
  if (/^[1-9]\d*$/.test(id)) return id
  throw new BatchQueryError('CONFIG', `the server gives this session the id ${JSON.stringify(id)}`, {
    hint: 'Connect to the server itself: what stands between hides CONNECTION_ID(), and statements could not be stopped.',
  })
}

function serverOf(variables: ReadonlyMap<string, string>): Server {
  const version = variables.get('version') ?? ''
  const aurora = variables.get('aurora_version')
  if (aurora !== undefined) return { kind: 'aurora-mysql', version: aurora }
  const isMariadb = /mariadb/i.test(`${version} ${variables.get('version_comment')}`)
  return { kind: isMariadb ? 'mariadb' : 'mysql', version }
}
