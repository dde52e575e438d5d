import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Connection, createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { type MariadbServer, startOwnMariadb } from '../setup/mariadb.ts'
import { type PostgresServer, startOwnPostgres } from '../setup/postgres.ts'
import { mysqlOfDebian } from '../versions/programs.ts'

const run = promisify(execFile)

/** Every session begins in this zone, with daylight saving time, because a zone that equals UTC hides errors. */
export const ZONE = 'Europe/Berlin'

/** As `scripts/setup/servers.mjs` names its folder. The newest MySQL has every type, also VECTOR. */
const MYSQL = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'batchquery-test/mysql-9.7')

/** The servers of the matrix, and a session of their all-powerful user on each. */
export interface Servers {
  readonly mysql: MariadbServer
  readonly postgres: PostgresServer
  readonly mysqlAdmin: Connection
  readonly postgresAdmin: Client
  stop(): Promise<void>
}

/** Starts servers of its own, so that their sessions can begin in another time zone. */
export async function startServers(): Promise<Servers> {
  const [mysql, postgres] = await Promise.all([
    startOwnMariadb({ programs: folder => mysqlOfDebian(folder, MYSQL) }),
    startOwnPostgres({ configuration: `timezone = '${ZONE}'` }),
  ])
  const mysqlAdmin = await openMysql(mysql.server)
  const postgresAdmin = await openPostgres(postgres.server)
  return {
    mysql: mysql.server,
    postgres: postgres.server,
    mysqlAdmin,
    postgresAdmin,
    stop: async () => {
      await Promise.all([mysqlAdmin.end(), postgresAdmin.end()])
      await Promise.all([mysql.stop(), postgres.stop()])
    },
  }
}

async function openMysql({ host, port, user, password, database }: MariadbServer): Promise<Connection> {
  const options = { host, port, user, password, database, charset: 'utf8mb4' }
  const first = await createConnection({ ...options, database: 'mysql' })
  const { stdout } = await run('mariadb-tzinfo-to-sql', [`/usr/share/zoneinfo/${ZONE}`, ZONE])
  for (const sql of stdout.split(/;\n/))
    if (/^(INSERT INTO time_zone|SET @time_zone_id)/.test(sql)) await first.query(sql)
  await first.query(`SET GLOBAL time_zone = '${ZONE}'`)
  await first.end()
  // The values of the cases are also those that a strict server refuses.
  const connection = await createConnection({ ...options, rowsAsArray: true, dateStrings: true })
  await connection.query("SET sql_mode = ''")
  return connection
}

async function openPostgres({ port, user, password, database, socket }: PostgresServer): Promise<Client> {
  const client = new Client({ host: socket, port, user, password, database })
  await client.connect()
  return client
}
