import { resolve } from 'node:path'
import { passwordCredentials } from '../database/credentials.ts'
import type { Database } from '../database/database.ts'
import { parseDatabaseUrl } from '../database/url.ts'
import { IN_MEMORY } from './database-url.ts'

/**
 * The database of a URL. Its driver is loaded now and not before.
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
      const { DuckdbDatabase } = await import('../database/duckdb/duckdb-database.ts')
      return new DuckdbDatabase(url.name === IN_MEMORY ? IN_MEMORY : resolve(folder, url.name))
    }
    case 'mysql': {
      const { MysqlDatabase } = await import('../database/mysql/mysql-database.ts')
      return new MysqlDatabase(url, passwordCredentials(url, environment))
    }
    case 'postgres': {
      const { PostgresDatabase } = await import('../database/postgres/postgres-database.ts')
      return new PostgresDatabase(url, passwordCredentials(url, environment))
    }
  }
}
