import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { Client } from 'pg'
import type { MariadbServer } from '../mariadb.ts'
import type { PostgresServer } from '../postgres.ts'
import type { SecretWatch } from './secret-watch.ts'

const EVERY_MS = 250

/** The servers of a watch. Null if this run has none. */
export interface ListingServers {
  readonly mariadb: MariadbServer | null
  readonly postgres: PostgresServer | null
}

/**
 * Checks everything that other users of a machine and of a server can see, again and again until the signal aborts:
 * the command lines of all processes, and the product's statements in the servers' lists.
 */
export async function watchProcessLists(
  watch: SecretWatch,
  { mariadb, postgres }: ListingServers,
  signal: AbortSignal,
): Promise<void> {
  const lists = [
    { where: 'a command line', read: commandLines, close: async () => {} },
    ...(mariadb === null ? [] : [await mysqlList(mariadb)]),
    ...(postgres === null ? [] : [await postgresList(postgres)]),
  ]
  try {
    while (!signal.aborted) {
      for (const { where, read } of lists) watch.look(where, await read())
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
    }
  } finally {
    for (const { close } of lists) await close()
  }
}

interface ProcessList {
  /** For people. */
  readonly where: string
  readonly read: () => Promise<string>
  readonly close: () => Promise<void>
}

async function mysqlList(server: MariadbServer): Promise<ProcessList> {
  const { host, port, user, password, database } = server
  const ca = await readFile(server.caFile, 'utf8')
  const connection = await createConnection({ host, port, user, password, database, ssl: { ca } })
  return {
    where: "MySQL's process list",
    read: async () => {
      const [rows] = await connection.query<RowDataPacket[]>('SHOW FULL PROCESSLIST')
      const statements = rows.map(({ Info: statement }) => String(statement))
      return statements.filter(statement => statement.includes('/* batchquery ')).join('\n')
    },
    close: () => connection.end(),
  }
}

async function postgresList(server: PostgresServer): Promise<ProcessList> {
  const ca = await readFile(server.caFile, 'utf8')
  const client = new Client({ ...server, host: 'localhost', ssl: { ca } })
  await client.connect()
  const sql = "SELECT query FROM pg_stat_activity WHERE application_name LIKE 'batchquery%'"
  return {
    where: "PostgreSQL's process list",
    read: async () => JSON.stringify((await client.query(sql)).rows),
    close: () => client.end(),
  }
}

async function commandLines(): Promise<string> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.join('\n')
}
