import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MysqlDatabase } from '../../../src/database/mysql/mysql-database.ts'
import { passwordCredentials } from '../../../src/database/password-credentials.ts'
import { PostgresDatabase } from '../../../src/database/postgres/postgres-database.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { adminConnection, freshDatabase, runAsAdmin } from '../../setup/mariadb-client.ts'
import { PATIENCE_MS } from '../../setup/patience.ts'
import { adminPg, freshPostgresDatabase } from '../../setup/postgres-client.ts'
import { runSecrets } from '../../setup/secrets/run-secrets.ts'
import { serverUrl as mysqlUrl } from '../mysql/session.ts'
import { serverUrl as postgresUrl } from '../postgres/session.ts'
import { SERVERS } from './servers.ts'

const SILENCE_MS = 300

interface Refusal {
  readonly what: string
  /** Clauses after CREATE USER. */
  readonly words?: string
  /** The administrator's change of the user while a statement runs. */
  readonly done?: (user: string) => string
}

const REFUSALS: Readonly<Record<'mysql' | 'postgres', readonly Refusal[]>> = {
  mysql: [
    { what: 'the password is another one', done: user => `ALTER USER ${user} IDENTIFIED BY 'another'` },
    { what: 'the user may have one connection', words: 'WITH MAX_USER_CONNECTIONS 1' },
    { what: 'the user is locked', done: user => `ALTER USER ${user} ACCOUNT LOCK` },
    { what: 'the user is gone', done: user => `RENAME USER ${user} TO ${user}gone` },
  ],
  postgres: [
    { what: 'the password is another one', done: user => `ALTER ROLE ${user} PASSWORD 'another'` },
    { what: 'the user may have one connection', words: 'CONNECTION LIMIT 1' },
    { what: 'the user may not log in', done: user => `ALTER ROLE ${user} NOLOGIN` },
    {
      what: 'the list of sessions may not be read',
      done: () => 'REVOKE SELECT ON pg_catalog.pg_stat_activity FROM PUBLIC',
    },
  ],
}

/** A new database and user, and a statement that is silent until the test releases it. */
async function freshGround(dialect: 'mysql' | 'postgres', words = '') {
  const [user, password] = [`u${randomUUID().slice(0, 8)}`, randomUUID()]
  runSecrets()?.register(`the password of ${user}`, password)
  const withUser = (url: string) => parseDatabaseUrl(url.replace(/\/\/[^@]+@/, `//${user}:${password}@`))
  if (dialect === 'mysql') {
    const name = await freshDatabase()
    await runAsAdmin(
      `CREATE USER ${user} IDENTIFIED BY '${password}' ${words}`,
      `GRANT SELECT ON ${name}.* TO ${user}`,
    )
    onTestFinished(() => runAsAdmin(`DROP USER IF EXISTS ${user}, ${user}gone`))
    const url = withUser(mysqlUrl(name))
    const open = (silenceMs: number) =>
      new MysqlDatabase(url, passwordCredentials(url, {}), { silenceMs, connectTimeoutMs: PATIENCE_MS })
    const holder = await adminConnection()
    await holder.query(`SELECT GET_LOCK('${user}', 0)`)
    const held = { sql: `SELECT GET_LOCK('${user}', 1000)`, letGo: () => holder.end() }
    return { user, open, held, run: (sql: string) => runAsAdmin(sql) }
  }
  const name = await freshPostgresDatabase()
  const admin = await adminPg(name)
  await admin.query(`CREATE ROLE ${user} LOGIN PASSWORD '${password}' ${words}`)
  onTestFinished(async () => {
    await admin.query(`DROP ROLE ${user}`)
    await admin.end()
  })
  const url = withUser(postgresUrl(name))
  const open = (silenceMs: number) =>
    new PostgresDatabase(url, passwordCredentials(url, {}), { silenceMs, connectTimeoutMs: PATIENCE_MS })
  const run = async (sql: string) => void (await admin.query(sql))
  await run('SELECT pg_advisory_lock(1)')
  const held = { sql: 'SELECT pg_advisory_lock(1)', letGo: () => run('SELECT pg_advisory_unlock(1)') }
  return { user, open, held, run }
}

describe.each(SERVERS)(
  '$name: a runner waits for a silent statement when it may not look for it, because',
  server => {
    test.each(REFUSALS[server.dialect])('$what', async ({ words, done }) => {
      const { user, open, held, run } = await freshGround(server.dialect, words)
      const session = await open(SILENCE_MS).connect('batchquery silence')
      onTestFinished(() => session.close())
      const ended = session.execute(held.sql, 1)
      await expect.poll(async () => (await server.session(session.id))[0]?.statement ?? null).not.toBeNull()
      if (done !== undefined) await run(done(user))
      const look = open(SILENCE_MS).endSessions([session.id], 'batchquery other')
      await expect(look).rejects.toMatchObject({ code: expect.not.stringMatching(/LOST/) })
      // Longer than several checks.
      await sleep(SILENCE_MS * 10)
      await held.letGo()
      expect((await ended).results[0].rowCount).toBe(1)
    })
  },
)
