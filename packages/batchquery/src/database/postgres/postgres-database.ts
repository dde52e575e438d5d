import type { Client } from 'pg'
import { type ConnectOptions, connectSettings } from '../connect-options.ts'
import type { Credentials } from '../credentials.ts'
import type { Database } from '../database.ts'
import { type DatabaseUrl, shownHost } from '../database-url.ts'
import { closeSoon } from '../farewell.ts'
import { lookOf } from '../second-connection.ts'
import { LOGIN_MS, RETRY_MS, SECOND_CONNECTION_MS } from '../within.ts'
import { activityOf, applicationName, beginBackend } from './backend.ts'
import { connect, type Login } from './connect.ts'
import { isServersError } from './errors.ts'
import { identify } from './identify.ts'
import { killBackend } from './kill.ts'
import { PostgresSession } from './postgres-session.ts'
import { ask } from './statement.ts'

/**
 * Neither a slow store, which makes us stop reading for a while, nor a long publication may end the session. Skips
 * settings that an old server does not have. Leaves `statement_timeout` alone, because a user who set it meant the
 * statements.
 */
const BE_PATIENT = `SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
  WHERE name IN ('idle_session_timeout', 'idle_in_transaction_session_timeout', 'tcp_user_timeout')`

/** PostgreSQL, also on RDS and as Aurora. */
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

  connect(mark: string, signal?: AbortSignal, waiting?: (text: string) => void): Promise<PostgresSession> {
    const retryMs = this.#url.retryMs ?? RETRY_MS
    const { silenceMs } = connectSettings(this.#options)
    const name = applicationName(mark)
    return connect(
      this.#login(name),
      async client => {
        await ask(client, BE_PATIENT)
        const backend = await beginBackend(client, name)
        return new PostgresSession(client, await identify(client), backend, {
          kill: () => this.#second(second => killBackend(second, backend)),
          look: lookOf(() => this.#second(second => activityOf(second, backend)), isServersError),
          silenceMs,
        })
      },
      { within: LOGIN_MS + (waiting === undefined ? 0 : retryMs), signal },
      waiting === undefined ? null : { retryMs, tell: waiting },
    )
  }

  async endSessions(ids: readonly string[], mark: string): Promise<void> {
    const name = applicationName(mark)
    await this.#second(async second => {
      for (const pid of ids) await killBackend(second, { pid, startedAt: null, applicationName: name })
    })
  }

  #login(name: string): Login {
    return { ...this.#options, url: this.#url, credentials: this.#credentials, applicationName: name }
  }

  /** Does something small on a second connection. */
  #second<T>(work: (second: Client) => Promise<T>): Promise<T> {
    const use = async (second: Client): Promise<T> => {
      const answer = await work(second)
      closeSoon(second.connection.stream)
      await second.end()
      return answer
    }
    return connect(this.#login('batchquery'), use, { within: SECOND_CONNECTION_MS })
  }
}
