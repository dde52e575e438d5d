import { randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { type Client, escapeLiteral } from 'pg'
import { inject } from 'vitest'
import type { Session, StreamOptions } from '../../../src/database/database.ts'
import { passwordCredentials } from '../../../src/database/password-credentials.ts'
import { PostgresDatabase } from '../../../src/database/postgres/postgres-database.ts'
import { parseDatabaseUrl } from '../../../src/database/url.ts'
import { BlockPool } from '../../../src/format/index.ts'
import { streamOptions as optionsOf, type WritingInBlocks } from '../../setup/stream-options.ts'

/** The URL of the test server, for the tests' superuser, with the password. */
export function serverUrl(database: string, settings = ''): string {
  const { port, user, password, caFile } = inject('postgres')
  const tls = `sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`
  return `postgres://${user}:${password}@localhost:${port}/${database}?${settings === '' ? tls : settings}`
}

export function openDatabase(url: string): PostgresDatabase {
  const parsed = parseDatabaseUrl(url)
  return new PostgresDatabase(parsed, passwordCredentials(parsed, {}))
}

export const streamOptions = (options: WritingInBlocks = {}): StreamOptions =>
  optionsOf({ pool: new BlockPool(64 * 1024, 3), ...options })

export interface Collected {
  readonly bytes: Buffer
  readonly header: Buffer
  readonly rowsRead: number
  readonly rowsEnded: number
  readonly parts: readonly number[]
}

/** Reads a stream to its end, copying the blocks. `parts` are the sizes of the parts. */
export async function collect(
  session: Session,
  sql: string,
  options: WritingInBlocks = {},
): Promise<Collected> {
  const stream = await session.stream(sql, streamOptions(options))
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
  const header = Buffer.from(stream.partStart)
  return { bytes: Buffer.concat(blocks), header, rowsRead: stream.rowsRead, rowsEnded, parts }
}

/** The oracle: the server's own output for a query, with these options of COPY. */
export async function copyToFile(client: Client, query: string, options = ''): Promise<Buffer> {
  const path = join(inject('postgres').copyDir, randomUUID())
  await client.query(`COPY (${query}) TO ${escapeLiteral(path)} ${options}`)
  const bytes = await readFile(path)
  await rm(path)
  return bytes
}

/** The values that COPY reads from a file into columns of a type: null is NULL, bytes are buffers. */
export async function readByCopy(
  client: Client,
  file: Uint8Array,
  { columns, type = 'text', options }: { columns: number; type?: string; options: string },
): Promise<readonly (readonly unknown[])[]> {
  const path = join(inject('postgres').copyDir, randomUUID())
  await writeFile(path, file)
  const names = Array.from({ length: columns }, (_, at) => `c${at}`)
  await client.query('DROP TABLE IF EXISTS read_by_copy')
  await client.query(
    `CREATE TEMPORARY TABLE read_by_copy (n serial, ${names.map(name => `${name} ${type}`).join(', ')})`,
  )
  try {
    await client.query(`COPY read_by_copy (${names.join(', ')}) FROM ${escapeLiteral(path)} ${options}`)
  } finally {
    await rm(path)
  }
  const { rows } = await client.query<unknown[]>({
    text: `SELECT ${names.join(', ')} FROM read_by_copy ORDER BY n`,
    rowMode: 'array',
  })
  return rows
}

/** The statements that the server still runs with a mark. */
export async function running(client: Client, mark: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ query: string }>(
    `SELECT query FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'`,
    [mark],
  )
  return rows.map(row => row.query)
}

/** The port of a listening server. */
export function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
