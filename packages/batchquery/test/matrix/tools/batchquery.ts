import { join } from 'node:path'
import { BatchQueryError } from '../../../src/errors/index.ts'
import { connect } from '../../../src/library/index.ts'
import type { CaseDatabase } from '../case.ts'
import type { Servers } from '../servers.ts'
import { fileIn, type Job, type Tool, type Written } from './tool.ts'

/** batchquery's sources in this process. @param duckdbFile a database that no other process uses */
export function batchquery(servers: Servers, duckdbFile: string, version: string): Tool {
  const { mysql, postgres } = servers
  const urls: Readonly<Record<CaseDatabase, string>> = {
    mysql: `mysql://${mysql.user}@localhost:${mysql.port}/${mysql.database}?sslmode=verify-full&sslrootcert=${mysql.caFile}`,
    postgres: `postgres://${postgres.user}@localhost:${postgres.port}/${postgres.database}?sslmode=verify-full&sslrootcert=${postgres.caFile}`,
    duckdb: `duckdb:${duckdbFile}`,
  }
  const environment = { MYSQL_PWD: mysql.password, PGPASSWORD: postgres.password }
  return {
    name: 'batchquery',
    version,
    databases: ['mysql', 'postgres', 'duckdb'],
    reader: 'pyarrow',
    write: job => write(urls[job.database], environment, job),
  }
}

async function write(url: string, environment: NodeJS.ProcessEnv, { table, folder }: Job): Promise<Written> {
  const results = join(folder, 'result')
  const db = await connect(url, { folder, environment })
  try {
    await db.export(`SELECT * FROM ${table}`, join(results, table), { format: 'PARQUET' })
    return await fileIn(results)
  } catch (error) {
    if (error instanceof BatchQueryError && error.code !== 'INTERNAL')
      return { result: 'refused', message: error.message }
    return { result: 'crash', message: String(error) }
  } finally {
    await db.close()
  }
}
