import { join } from 'node:path'
import { inject } from 'vitest'
import { freshDatabase } from '../../setup/mariadb-client.ts'
import { freshPostgresDatabase } from '../../setup/postgres-client.ts'

/** The path of an example. */
export const example = (name: string): string => join(import.meta.dirname, '../../../../../examples', name)

/** A database of its own, as the environment names it. */
interface NamedDatabase {
  readonly url: string
  readonly password: NodeJS.ProcessEnv
}

export async function mariadb(): Promise<NamedDatabase> {
  const { host, port, user, password } = inject('mariadb')
  return {
    url: `mysql://${user}@${host}:${port}/${await freshDatabase()}`,
    password: { MYSQL_PWD: password },
  }
}

export async function postgres(): Promise<NamedDatabase> {
  const { port, user, password, caFile } = inject('postgres')
  const tls = `sslmode=verify-full&sslrootcert=${caFile}`
  return {
    url: `postgres://${user}@localhost:${port}/${await freshPostgresDatabase()}?${tls}`,
    password: { PGPASSWORD: password },
  }
}

/** The environment that selects a database. */
export const environmentOf = ({ url, password }: NamedDatabase): NodeJS.ProcessEnv => ({
  BATCHQUERY_DATABASE: url,
  ...password,
})
