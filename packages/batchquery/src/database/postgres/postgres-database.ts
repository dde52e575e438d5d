import type { Client } from 'pg'
import type { ConnectOptions } from '../connect-options.ts'
import type { Credentials } from '../credentials.ts'
import type { Database } from '../database.ts'
import { type DatabaseUrl, shownHost } from '../url.ts'
import { type Backend, ownBackend } from './backend.ts'
import { connect } from './connect.ts'
import { statementError } from './errors.ts'
import { identify } from './identify.ts'
import { killBackend } from './kill.ts'
import { PostgresSession } from './postgres-session.ts'
import { ask } from './statement.ts'

/**
 * A slow store makes us stop reading for a while, and a publication may take long: neither may end the session. The
 * settings of which a server is too old to have them are left out. `statement_timeout` is none of them: whoever set
 * it meant the statements.
 */
const BE_PATIENT = `SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
  WHERE name IN ('idle_session_timeout', 'idle_in_transaction_session_timeout', 'tcp_user_timeout')`

/** PostgreSQL, on RDS and as Aurora too. */
export class PostgresDatabase implements Database {
  readonly dialect = 'postgres'
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

  async connect(mark: string): Promise<PostgresSession> {
    const client = await connect(this.#url, this.#credentials, mark, this.#options)
    try {
      await ask(client, BE_PATIENT)
      const backend = await ownBackend(client)
      return new PostgresSession(client, await identify(client), backend, () => this.#kill(backend))
    } catch (error) {
      client.connection.stream.destroy()
      throw statementError(error)
    }
  }

  async #kill(backend: Backend): Promise<void> {
    const second: Client = await connect(this.#url, this.#credentials, 'batchquery', this.#options)
    try {
      await killBackend(second, backend)
    } catch (error) {
      throw statementError(error)
    } finally {
      await second.end()
    }
  }
}
