import { afterAll } from 'vitest'
import type { Server, Session } from '../../src/database/database.ts'
import { DuckdbDatabase } from '../../src/database/duckdb/duckdb-database.ts'
import type { Dialect } from '../../src/sql/index.ts'
import { COLUMN_NAMES, OF_MYSQL, rowsOf, TYPES } from '../integration/mysql/every-type.ts'
import { serverUrl as mysqlUrl, openDatabase as openMysql } from '../integration/mysql/session.ts'
import { tableOfEveryType } from '../integration/postgres/every-type.ts'
import { openDatabase as openPostgres, serverUrl as postgresUrl } from '../integration/postgres/session.ts'
import { freshDatabase, runAsAdmin } from '../setup/mariadb-client.ts'
import { adminPg, freshPostgresDatabase } from '../setup/postgres-client.ts'

/** The servers of the corpus. */
export interface CorpusServers {
  readonly mysqlName: string
  readonly postgresName: string
  readonly sessions: Readonly<Record<Dialect, Session>>
}

/** What MariaDB's sessions set first: TIMESTAMP is local time. */
export const IN_UTC = "SET time_zone = '+00:00'"

/** PostgreSQL's settings that are seen in the text of values. */
const POSTGRES_SETTINGS = [
  "timezone = 'UTC'",
  "datestyle = 'ISO, MDY'",
  "intervalstyle = 'postgres'",
  "lc_monetary = 'C'",
  'extra_float_digits = 1',
  "bytea_output = 'hex'",
]

/** Makes the tables, on the servers of this test file, and logs in; all of it is gone after the file's last test. */
export async function openCorpusServers(): Promise<CorpusServers> {
  const [mysqlName, postgresName] = [await freshDatabase(), await freshPostgresDatabase()]
  await makeMariadbTable(mysqlName)
  await makePostgresTable(postgresName)
  const mysql = await openMysql(mysqlUrl(mysqlName)).connect('batchquery corpus')
  const postgres = await openPostgres(postgresUrl(postgresName)).connect('batchquery corpus')
  const duckdb = await new DuckdbDatabase(':memory:').connect()
  const sessions = { mysql, postgres, duckdb }
  afterAll(() => Promise.all(Object.values(sessions).map(session => session.close())))
  await mysql.execute(IN_UTC, 0)
  await duckdb.execute("SET TimeZone = 'UTC'", 0)
  return { mysqlName, postgresName, sessions }
}

async function makeMariadbTable(database: string): Promise<void> {
  const names = COLUMN_NAMES.filter(name => !OF_MYSQL.includes(name))
  const rows = rowsOf(names).map((row, n) => `(${[n, ...row].join(', ')})`)
  await runAsAdmin(
    `USE ${database}`,
    IN_UTC,
    "SET sql_mode = ''",
    `CREATE TABLE t (n INT, ${names.map(name => `\`${name}\` ${TYPES[name]}`).join(', ')})`,
    ...rows.map(row => `INSERT INTO t VALUES ${row}`),
  )
}

async function makePostgresTable(database: string): Promise<void> {
  const client = await adminPg(database)
  try {
    for (const setting of POSTGRES_SETTINGS) await client.query(`ALTER DATABASE ${database} SET ${setting}`)
    await client.query("SET timezone = 'UTC'")
    for (const statement of tableOfEveryType('t')) await client.query(statement)
  } finally {
    await client.end()
  }
}

const NAMES: Readonly<Partial<Record<Server['kind'], string>>> = {
  mariadb: 'MariaDB',
  postgres: 'PostgreSQL',
  duckdb: 'DuckDB',
}

/** The servers as the corpus names them: of each the name and the version, as far as its bytes hang on it. */
export const serverNames = ({ sessions }: CorpusServers): string[] =>
  Object.values(sessions).map(({ server: { kind, version } }) => {
    const [first = '', second = ''] = version.replace(/^v/, '').split('.')
    return `${NAMES[kind] ?? kind} ${kind === 'postgres' ? first : `${first}.${second}`}`
  })
