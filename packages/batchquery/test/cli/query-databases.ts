import { inject } from 'vitest'
import { freshDatabase } from '../setup/mariadb-client.ts'
import { freshPostgresDatabase } from '../setup/postgres-client.ts'
import { Workspace } from './workspace.ts'

export async function mariadb(): Promise<NodeJS.ProcessEnv> {
  const { port, user, password } = inject('mariadb')
  const url = `mysql://${user}@127.0.0.1:${port}/${await freshDatabase()}`
  return { BATCHQUERY_DATABASE: url, MYSQL_PWD: password }
}

export async function postgres(): Promise<NodeJS.ProcessEnv> {
  const { port, user, password, caFile } = inject('postgres')
  const tls = `sslmode=verify-full&sslrootcert=${caFile}`
  const url = `postgres://${user}@localhost:${port}/${await freshPostgresDatabase()}?${tls}`
  return { BATCHQUERY_DATABASE: url, PGPASSWORD: password }
}

export const duckdb = async (): Promise<NodeJS.ProcessEnv> => ({ BATCHQUERY_DATABASE: 'duckdb:db.duckdb' })

export const query = async (sql: string, args: readonly string[], environment: NodeJS.ProcessEnv) =>
  (await Workspace.create()).run(['query', sql, ...args], { environment })

/** A shell command around the program: `"$@"` is its command line. */
export const inShell = (command: string) => ['bash', '-c', command, 'bash']
