import { resolve } from 'node:path'
import { type Credentials, passwordCredentials } from '../database/credentials.ts'
import type { Database } from '../database/database.ts'
import { iamCredentials } from '../database/iam-credentials.ts'
import { secretCredentials } from '../database/secret-credentials.ts'
import { type DatabaseUrl, parseDatabaseUrl } from '../database/url.ts'
import { IN_MEMORY } from './database-url.ts'

const DRIVERS = {
  duckdb: () => import('../database/duckdb/duckdb-database.ts'),
  mysql: () => import('../database/mysql/mysql-database.ts'),
  postgres: () => import('../database/postgres/postgres-database.ts'),
}

/** Loads the driver of a URL, for a caller that will open it soon and has to wait for something else first. Never rejects. */
export async function loadDriverAhead(text: string): Promise<void> {
  try {
    await DRIVERS[parseDatabaseUrl(text).dialect]()
  } catch {
    // `openDatabase` reports it.
  }
}

/**
 * The database of a URL. Its driver is loaded now, unless it is already.
 *
 * @param folder what the relative path of a duckdb URL starts from
 * @throws CONFIG
 */
export async function openDatabase(
  text: string,
  environment: NodeJS.ProcessEnv,
  folder: string,
): Promise<Database> {
  const url = parseDatabaseUrl(text)
  switch (url.dialect) {
    case 'duckdb': {
      const { DuckdbDatabase } = await DRIVERS.duckdb()
      return new DuckdbDatabase(url.name === IN_MEMORY ? IN_MEMORY : resolve(folder, url.name))
    }
    case 'mysql': {
      const { MysqlDatabase } = await DRIVERS.mysql()
      return new MysqlDatabase(url, credentialsOf(url, environment))
    }
    case 'postgres': {
      const { PostgresDatabase } = await DRIVERS.postgres()
      return new PostgresDatabase(url, credentialsOf(url, environment))
    }
  }
}

function credentialsOf(url: DatabaseUrl, environment: NodeJS.ProcessEnv): Credentials {
  const { auth } = url
  switch (auth.kind) {
    case 'password':
      return passwordCredentials(url, environment)
    case 'iam':
      return iamCredentials(url, auth.region)
    case 'secret':
      return secretCredentials(url, auth.secret, auth.region)
  }
}
