import { randomBytes } from 'node:crypto'
import type { Connection } from 'mysql2/promise'
import { afterAll, beforeAll } from 'vitest'
import { adminConnection } from '../../setup/mariadb-client.ts'
import { openDatabase, serverUrl } from './session.ts'

export const PASSWORD = `pw-${randomBytes(12).toString('hex')}`

/** Users of a test file. Its last test removes them. */
export class Users {
  readonly #names: string[] = []
  #admin: Connection | null = null
  #isMariadb = false

  constructor() {
    beforeAll(async () => {
      this.#admin = await adminConnection()
      this.#isMariadb = JSON.stringify(await this.admin.query('SELECT VERSION()')).includes('MariaDB')
    })
    afterAll(async () => {
      for (const name of this.#names) await this.admin.query(`DROP USER ${name}@'%'`)
      await this.admin.end()
    })
  }

  get admin(): Connection {
    if (this.#admin === null) throw new Error('the tests have not begun')
    return this.#admin
  }

  get isMariadb(): boolean {
    return this.#isMariadb
  }

  /** @param clauses of CREATE USER, after the password @returns the user's name */
  async create(clauses = '', identified = `IDENTIFIED BY '${PASSWORD}'`): Promise<string> {
    const name = `u_${randomBytes(6).toString('hex')}`
    await this.admin.query(`CREATE USER ${name}@'%' ${identified} ${clauses}`)
    this.#names.push(name)
    return name
  }
}

/** The URL of the test server, with verified TLS. */
export const urlOf = (user: string, password = PASSWORD): string =>
  serverUrl('').replace(
    /\/\/[^@]*@/,
    `//${user}${password === '' ? '' : `:${encodeURIComponent(password)}`}@`,
  )

export const logIn = (url: string) => openDatabase(url).connect('batchquery users')
