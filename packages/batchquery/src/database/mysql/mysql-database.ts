import type { Connection } from 'mysql2'
import { type ConnectOptions, connectSettings } from '../connect-options.ts'
import type { Credentials } from '../credentials.ts'
import type { Database, Server, ServerKind } from '../database.ts'
import { type DatabaseUrl, shownHost } from '../url.ts'
import { LOGIN_MS, SECOND_CONNECTION_MS } from '../within.ts'
import { ask } from './ask.ts'
import { connect } from './connect.ts'
import { killOwnSession, killSessions } from './kill.ts'
import { findSession, markSession } from './listed-session.ts'
import { MysqlSession } from './mysql-session.ts'

/** A slow store makes us stop reading for a while, and a publication may take long: neither may end the session. */
const PATIENCE_SECONDS = 8 * 3600

/** MySQL, MariaDB and Aurora MySQL. */
export class MysqlDatabase implements Database {
  readonly dialect = 'mysql'
  readonly host: string
  readonly name: string
  readonly #url: DatabaseUrl
  readonly #credentials: Credentials
  readonly #options: ConnectOptions

  constructor(url: DatabaseUrl, credentials: Credentials, options: ConnectOptions = {}) {
    this.#url = url
    this.#credentials = credentials
    this.#options = options
    this.host = shownHost(url)
    this.name = url.name
  }

  connect(mark: string, signal?: AbortSignal): Promise<MysqlSession> {
    const { silenceMs } = connectSettings(this.#options)
    return connect(
      this.#url,
      this.#credentials,
      this.#options,
      async connection => {
        // one collation for our literals and the task's
        await ask(connection, 'SET NAMES utf8mb4')
        await ask(
          connection,
          `SET SESSION net_write_timeout = ${PATIENCE_SECONDS}, wait_timeout = ${PATIENCE_SECONDS}`,
        )
        const server = await identify(connection)
        const [[answer]] = await ask(connection, 'SELECT CONNECTION_ID()')
        const id = answer ?? ''
        await markSession(connection, id, mark)
        return new MysqlSession(connection, server, id, mark, {
          kill: () => this.#second(second => killOwnSession(second, id, mark)),
          isAtWork: () => this.#second(second => isAtWork(second, id, mark)),
          silenceMs,
        })
      },
      { within: LOGIN_MS, signal },
    )
  }

  async endSessions(ids: readonly string[], mark: string): Promise<void> {
    await this.#second(second => killSessions(second, ids, mark))
  }

  /** Something small through a connection of its own. */
  #second<T>(work: (second: Connection) => Promise<T>): Promise<T> {
    const use = async (second: Connection): Promise<T> => {
      const answer = await work(second)
      second.destroy()
      return answer
    }
    return connect(this.#url, this.#credentials, this.#options, use, { within: SECOND_CONNECTION_MS })
  }
}

/** Also where a routine of the task has let go of the session's mark. */
async function isAtWork(connection: Connection, id: string, mark: string): Promise<boolean> {
  const found = await findSession(connection, id, mark)
  return found !== null && !found.isIdle
}

async function identify(connection: Connection): Promise<Server> {
  const rows = await ask(
    connection,
    `SHOW VARIABLES WHERE Variable_name IN ('version', 'version_comment', 'aurora_version')`,
  )
  const variables = new Map(rows.map(([name, value]) => [name, value ?? '']))
  const version = variables.get('version') ?? ''
  const aurora = variables.get('aurora_version')
  if (aurora !== undefined) return { kind: 'aurora-mysql', version: aurora }
  const isMariadb = /mariadb/i.test(`${version} ${variables.get('version_comment')}`)
  const kind: ServerKind = isMariadb ? 'mariadb' : 'mysql'
  return { kind, version }
}
