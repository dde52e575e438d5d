import { join } from 'node:path'
import { expect, inject } from 'vitest'
import { freshDatabase, runAsAdmin } from '../setup/mariadb-client.ts'
import { adminPg, freshPostgresDatabase } from '../setup/postgres-client.ts'
import type { Workspace } from './workspace.ts'

/** A database whose tables `generate` lists. */
export interface Subject {
  readonly environment: NodeJS.ProcessEnv
  /** The schema of the tables. */
  readonly schema: string
  run(...statements: string[]): Promise<void>
}

export async function mariadb(): Promise<Subject> {
  const { port, user, password } = inject('mariadb')
  const schema = await freshDatabase()
  const environment = {
    BATCHQUERY_DATABASE: `mysql://${user}@127.0.0.1:${port}/${schema}`,
    MYSQL_PWD: password,
  }
  return { environment, schema, run: (...statements) => runAsAdmin(`USE ${schema}`, ...statements) }
}

export async function postgres(): Promise<Subject> {
  const { port, user, password, caFile } = inject('postgres')
  const name = await freshPostgresDatabase()
  const url = `postgres://${user}@localhost:${port}/${name}?sslmode=verify-full&sslrootcert=${caFile}`
  const run = async (...statements: string[]): Promise<void> => {
    const client = await adminPg(name)
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  return { environment: { BATCHQUERY_DATABASE: url, PGPASSWORD: password }, schema: 'public', run }
}

/** A file, in a workspace of its own. */
async function duckdb(workspace: Workspace): Promise<Subject> {
  const environment = { BATCHQUERY_DATABASE: `duckdb:${join(workspace.folder, 'db.duckdb')}` }
  const run = async (...statements: string[]): Promise<void> => {
    const { code, stderr } = await workspace.run(['query', statements.join(';\n')], { environment })
    expect({ code, stderr }).toMatchObject({ code: 0 })
  }
  return { environment, schema: 'main', run }
}

export const SUBJECTS = [
  { dialect: 'mysql', open: mariadb, quote: '`' },
  { dialect: 'postgres', open: postgres, quote: '"' },
  { dialect: 'duckdb', open: duckdb, quote: '"' },
] as const
