import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection } from 'mysql2/promise'
import { inject } from 'vitest'
import type { ServerWarning, Session } from '../../../src/database/database.ts'
import { MysqlDatabase } from '../../../src/database/mysql/mysql-database.ts'
import { passwordCredentials } from '../../../src/database/password-credentials.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { streamOptions, type WritingInBlocks } from '../../setup/stream-options.ts'

/** The URL of the test server, for the tests' all-powerful user, with the password. */
export function serverUrl(database: string, settings = ''): string {
  const { port, user, password, caFile } = inject('mariadb')
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
  return `mysql://${user}:${password}@localhost:${port}/${database}?${settings === '' ? tls : settings}`
}

export function openDatabase(url: string): MysqlDatabase {
  const parsed = parseDatabaseUrl(url)
  return new MysqlDatabase(parsed, passwordCredentials(parsed, {}))
}

export interface Collected {
  readonly bytes: Buffer
  readonly header: Buffer
  readonly rowsRead: number
  readonly rowsEnded: number
  readonly parts: readonly number[]
  readonly warnings: readonly ServerWarning[]
}

/** Reads a stream to its end, copying the blocks. `parts` are the sizes of the parts. */
export async function collect(
  session: Session,
  sql: string,
  options: WritingInBlocks = {},
): Promise<Collected> {
  const stream = await session.stream(sql, streamOptions({ pool: new BlockPool(256 * 1024, 4), ...options }))
  const blocks: Buffer[] = []
  const parts = [0]
  let rowsEnded = 0
  for await (const block of stream) {
    blocks.push(Buffer.from(block.bytes))
    parts.push((parts.pop() ?? 0) + block.bytes.length)
    if (block.endsPart) parts.push(0)
    rowsEnded += block.rowsEnded
    block.release()
  }
  return {
    bytes: Buffer.concat(blocks),
    header: Buffer.from(stream.partStart),
    rowsRead: stream.rowsRead,
    rowsEnded,
    parts,
    warnings: stream.warnings,
  }
}

/** The oracle: the server's own output for a query, with the clauses after the file's name. */
export async function outfile(connection: Connection, query: string, clauses = ''): Promise<Buffer> {
  const path = join(inject('mariadb').outfileDir, randomUUID())
  await connection.query(`${query} INTO OUTFILE '${path}' ${clauses}`)
  const bytes = await readFile(path)
  await rm(path)
  return bytes
}
