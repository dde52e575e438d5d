import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection } from 'mysql2/promise'
import { inject } from 'vitest'
import { CREATE_NARROW, CREATE_WIDE, FILL_NARROW, FILL_WIDE } from '../../setup/big-tables.ts'
import { adminConnection, freshDatabase } from '../../setup/mariadb-client.ts'

export interface BigTables {
  readonly database: string
  readonly admin: Connection
  /** The URL of the database, without the password. */
  readonly url: string
}

/** Both tables in their own database. The caller must end the connection. */
export async function bigTables(): Promise<BigTables> {
  const database = await freshDatabase()
  const admin = await adminConnection({ database })
  for (const sql of [CREATE_NARROW, FILL_NARROW, CREATE_WIDE, FILL_WIDE]) await admin.query(sql)
  const { port, user, caFile } = inject('mariadb')
  return {
    database,
    admin,
    url: `mysql://${user}@localhost:${port}/${database}?sslmode=verify-full&sslrootcert=${caFile}`,
  }
}

/** The SHA-256 of the server's own OUTFILE of a table. */
export async function outfileSha256(
  { admin, database }: BigTables,
  table: string,
  options = '',
): Promise<string> {
  const path = join(inject('mariadb').outfileDir, `${database}-${table}`)
  await admin.query(`SELECT * FROM ${table} INTO OUTFILE '${path}' ${options}`)
  const found = await sha256([path])
  await rm(path)
  return found
}

/** The SHA-256 of several files, one after the other. */
export async function sha256(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}
