import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import type { MariadbServer } from '../mariadb.ts'
import type { PostgresServer } from '../postgres.ts'
import type { SecretWatch } from './secret-watch.ts'

const EVERY_MS = 250

/**
 * Looks again and again, until the signal comes, at what other people of a machine and of a server can see: the command
 * lines of all processes, and the product's statements in the servers' lists.
 */
export async function watchProcessLists(
  watch: SecretWatch,
  servers: { readonly mariadb: MariadbServer; readonly postgres: PostgresServer },
  signal: AbortSignal,
): Promise<void> {
  const { host, port, user, password, database, caFile } = servers.mariadb
  const ca = await readFile(caFile, 'utf8')
  const mariadb = await createConnection({ host, port, user, password, database, ssl: { ca } })
  const postgres = new Client({
    ...servers.postgres,
    host: 'localhost',
    ssl: { ca: await readFile(servers.postgres.caFile, 'utf8') },
  })
  await postgres.connect()
  try {
    while (!signal.aborted) {
      watch.look('a command line', await commandLines())
      const [statements] = await mariadb.query(
        "SELECT info FROM information_schema.processlist WHERE info LIKE '%/* batchquery %'",
      )
      watch.look("MariaDB's process list", JSON.stringify(statements))
      const { rows } = await postgres.query(
        "SELECT query FROM pg_stat_activity WHERE application_name LIKE 'batchquery%'",
      )
      watch.look("PostgreSQL's process list", JSON.stringify(rows))
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {})
    }
  } finally {
    await mariadb.end()
    await postgres.end()
  }
}

async function commandLines(): Promise<string> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.join('\n')
}
