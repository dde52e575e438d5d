import type { Connection } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import type { Server } from '../database.ts'
import { ask } from './ask.ts'

/** A slow store makes us stop reading for a while, and a publication may take long: neither may end the session. */
const PATIENCE_SECONDS = 8 * 3600

/** What a connection that was just opened is to the server. */
export interface BegunSession {
  /** As CONNECTION_ID() gives it. */
  readonly id: string
  readonly server: Server
  /** The value of `sql_mode`. */
  readonly stringSetting: string
}

/**
 * Sets up a connection that was just opened, and asks who answers: in two round trips, as the server may be far away.
 *
 * @throws CONFIG where the server does not tell the session's id
 */
export async function beginSession(connection: Connection): Promise<BegunSession> {
  await ask(
    connection,
    // NAMES: one collation for our literals and the task's
    `SET NAMES utf8mb4, SESSION net_write_timeout = ${PATIENCE_SECONDS}, SESSION wait_timeout = ${PATIENCE_SECONDS}`,
  )
  const rows = await ask(
    connection,
    `SHOW VARIABLES WHERE Variable_name IN
      ('version', 'version_comment', 'aurora_version', 'sql_mode', 'pseudo_thread_id')`,
  )
  const variables = new Map(rows.map(([name, value]) => [name ?? '', value ?? '']))
  // CONNECTION_ID() is the value of this variable, by another name.
  const id = variables.get('pseudo_thread_id') ?? (await ask(connection, 'SELECT CONNECTION_ID()'))[0]?.[0]
  const stringSetting = variables.get('sql_mode') ?? ''
  return { id: checkedId(id ?? ''), server: serverOf(variables), stringSetting }
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
