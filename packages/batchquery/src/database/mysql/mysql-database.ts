import type { Connection } from 'mysql2'
import { type ConnectOptions, connectSettings } from '../connect-options.ts'
import type { Credentials } from '../credentials.ts'
import type { Database } from '../database.ts'
import { type DatabaseUrl, shownHost } from '../database-url.ts'
import { type Activity, lookOf } from '../second-connection.ts'
import { LOGIN_MS, RETRY_MS, SECOND_CONNECTION_MS } from '../within.ts'
import { beginSession } from './begin-session.ts'
import { connect } from './connect.ts'
import { isServersError } from './errors.ts'
import { killOwnSession, killSessions } from './kill.ts'
import { findSession, markSession } from './listed-session.ts'
import { MysqlSession } from './mysql-session.ts'
import { limitRows } from './routines.ts'
import { askTransitions, TimeZones } from './time-zone.ts'

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

  connect(mark: string, signal?: AbortSignal, waiting?: (text: string) => void): Promise<MysqlSession> {
    const retryMs = this.#url.retryMs ?? RETRY_MS
    const { silenceMs } = connectSettings(this.#options)
    return connect(
      this.#url,
      this.#credentials,
      this.#options,
      async connection => {
        const begun = await beginSession(connection)
        const { id } = begun
        await markSession(connection, id, mark)
        const second = {
          kill: () => this.#second(other => killOwnSession(other, id, mark)),
          look: lookOf(() => this.#second(other => activityOf(other, id, mark)), isServersError),
          silenceMs,
        }
        const look = (names: readonly string[]) => this.#second(other => limitRows(other, names))
        const zones = new TimeZones(zone => this.#second(other => askTransitions(other, zone)))
        return new MysqlSession({ connection, mark, ...begun, second, limitRows: look, zones })
      },
      { within: LOGIN_MS + (waiting === undefined ? 0 : retryMs), signal },
      waiting === undefined ? null : { retryMs, tell: waiting },
    )
  }

  async endSessions(ids: readonly string[], mark: string): Promise<void> {
    await this.#second(second => killSessions(second, ids, mark))
  }

  /** Does something small on a second connection. */
  #second<T>(work: (second: Connection) => Promise<T>): Promise<T> {
    const use = async (second: Connection): Promise<T> => {
      const answer = await work(second)
      second.destroy()
      return answer
    }
    return connect(this.#url, this.#credentials, this.#options, use, { within: SECOND_CONNECTION_MS })
  }
}

/** Works also if a routine of the task has released the session's mark. */
async function activityOf(connection: Connection, id: string, mark: string): Promise<Activity> {
  const found = await findSession(connection, id, mark)
  return { isAtWork: found !== null && !found.isIdle, doing: found?.doing ?? null }
}
