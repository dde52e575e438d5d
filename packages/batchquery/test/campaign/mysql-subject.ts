import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import type { MariadbServer } from '../setup/mariadb.ts'
import { numbers } from '../setup/mysql-numbers.ts'
import { type ListedSession, ROWS, type Subject, selectItems, tlsSettings } from './subject.ts'

const FILL = `INSERT INTO items
  SELECT seq, ELT(1 + seq % 5, CONCAT('a tab\\t and a line\\n of ', seq), CONCAT('C:\\\\', seq, '\\\\x'), NULL,
    CONCAT('日本語 ', seq), CONCAT('plain words that fill the line, ', seq)), seq / 7
  FROM ${numbers(ROWS)}`

/** The oracle is INTO OUTFILE. */
export async function mysqlSubject(server: MariadbServer): Promise<Subject> {
  const { host, port, user, password, caFile, outfileDir } = server
  const admin = await createConnection({ host, port, user, password })
  const database = `campaign_${randomBytes(6).toString('hex')}`
  await admin.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`)
  await admin.query(`USE ${database}`)
  await admin.query('CREATE TABLE items (id INT PRIMARY KEY, note VARCHAR(80), amount DECIMAL(12,2))')
  await admin.query(FILL)
  const users: string[] = []
  return {
    dialect: 'mysql',
    address: { host, port },
    query: (rows, seconds) => selectItems(rows, seconds === undefined ? undefined : `SLEEP(${seconds}) = 0`),
    async expected(rows) {
      const path = join(outfileDir, `${database}-${rows}`)
      await admin.query(`${selectItems(rows)} INTO OUTFILE '${path}'`)
      const bytes = await readFile(path)
      await rm(path)
      return bytes
    },
    async connect(name, _folder, at) {
      const url = `mysql://${name}@${at.host}:${at.port}/${database}?${tlsSettings(at.host, caFile)}`
      return { url, environment: { MYSQL_PWD: password } }
    },
    async addUser(name) {
      await admin.query(`CREATE USER ${name}@'%' IDENTIFIED BY '${password}'`)
      await admin.query(`GRANT SELECT, LOCK TABLES ON ${database}.* TO ${name}@'%'`)
      users.push(name)
    },
    sessions: name => listed(admin, name),
    async close() {
      for (const name of users) await admin.query(`DROP USER ${name}@'%'`)
      await admin.query(`DROP DATABASE ${database}`)
      await admin.end()
    },
  }
}

async function listed(admin: Connection, user: string): Promise<ListedSession[]> {
  const [rows] = await admin.query<RowDataPacket[]>('SHOW FULL PROCESSLIST')
  return rows
    .filter(({ User }) => User === user)
    .map(({ Command, Info }) => ({ running: Command !== 'Sleep', statement: String(Info ?? Command) }))
}
