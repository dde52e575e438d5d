import type { Credentials } from '../credentials.ts'
import type { Database } from '../database.ts'
import { type DatabaseUrl, shownHost } from '../url.ts'
import { beginSession } from './begin-session.ts'
import { connect } from './connect.ts'
import { killStatement } from './kill.ts'
import { MysqlSession } from './mysql-session.ts'

/** MySQL, MariaDB and Aurora MySQL. */
export class MysqlDatabase implements Database {
  readonly dialect = 'mysql'
  readonly host: string
  readonly name: string
  readonly #url: DatabaseUrl
  readonly #credentials: Credentials

  constructor(url: DatabaseUrl, credentials: Credentials) {
    this.#url = url
    this.#credentials = credentials
    this.host = shownHost(url)
    this.name = url.name
  }

  async connect(mark: string): Promise<MysqlSession> {
    const connection = await connect(this.#url, this.#credentials)
    try {
      const { id, server } = await beginSession(connection)
      return new MysqlSession(connection, server, id, mark, () => this.#kill(id, mark))
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  async #kill(id: string, mark: string): Promise<void> {
    const second = await connect(this.#url, this.#credentials)
    try {
      await killStatement(second, id, mark)
    } finally {
      second.destroy()
    }
  }
}
