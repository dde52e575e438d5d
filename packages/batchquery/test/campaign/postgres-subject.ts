import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import type { PostgresServer } from '../setup/postgres.ts'
import { ROWS, type Subject, selectItems, tlsSettings } from './subject.ts'

const FILL = `INSERT INTO items
  SELECT i, CASE i % 5 WHEN 0 THEN E'a tab\\t and a line\\n of ' || i WHEN 1 THEN E'C:\\\\' || i WHEN 2 THEN NULL
    WHEN 3 THEN '日本語 ' || i ELSE 'plain words that fill the line, ' || i END, i / 7.0
  FROM generate_series(1, ${ROWS}) i`

/** The oracle is COPY. */
export async function postgresSubject(server: PostgresServer): Promise<Subject> {
  const { host, port, user, password, socket, database: first, caFile, copyDir } = server
  const database = `campaign_${randomBytes(6).toString('hex')}`
  const outside = new Client({ host: socket, port, user, password, database: first })
  await outside.connect()
  await outside.query(`CREATE DATABASE ${database}`)
  const admin = new Client({ host: socket, port, user, password, database })
  await admin.connect()
  await admin.query('CREATE TABLE items (id INT PRIMARY KEY, note VARCHAR(80), amount DECIMAL(12,2))')
  await admin.query(FILL)
  await admin.query('GRANT SELECT ON items TO PUBLIC')
  await admin.query('ANALYZE items')
  const users: string[] = []
  return {
    dialect: 'postgres',
    address: { host, port },
    query: (rows, seconds) =>
      selectItems(rows, seconds === undefined ? undefined : `pg_sleep(${seconds})::text = ''`),
    async expected(rows) {
      const path = join(copyDir, `${database}-${rows}`)
      await admin.query(`COPY (${selectItems(rows)}) TO '${path}'`)
      const bytes = await readFile(path)
      await rm(path)
      return bytes
    },
    async connect(name, _folder, at) {
      const url = `postgres://${name}@${at.host}:${at.port}/${database}?${tlsSettings(at.host, caFile)}`
      return { url, environment: { PGPASSWORD: password } }
    },
    async addUser(name) {
      await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`)
      users.push(name)
    },
    async sessions(name) {
      const { rows } = await admin.query<{ state: string | null; query: string }>(
        'SELECT state, query FROM pg_stat_activity WHERE usename = $1',
        [name],
      )
      return rows.map(({ state, query }) => ({ running: state !== 'idle', statement: query }))
    },
    async close() {
      await admin.end()
      await outside.query(`DROP DATABASE ${database} WITH (FORCE)`)
      for (const name of users) await outside.query(`DROP ROLE ${name}`)
      await outside.end()
    },
  }
}
