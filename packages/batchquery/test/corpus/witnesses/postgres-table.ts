import { type Client, escapeIdentifier } from 'pg'
import { copyToFile } from '../../integration/postgres/session.ts'
import type { Values } from './values.ts'
import type { Witnessed } from './witnessed.ts'

/** PostgreSQL's text cannot have NUL. The table has another character in its place, which occurs in no text; CSV quotes neither of the two. */
const NUL = '\0'
const FOR_NUL = '\ue000'

/** What COPY writes of a table that has the values. */
export async function copyOfValues(
  client: Client,
  { names, rows }: Values,
  options: (header: boolean) => string,
  hasHeader: boolean,
): Promise<Witnessed> {
  const columns = names.map((_, at) => `c${at}`)
  await client.query('DROP TABLE IF EXISTS witness')
  await client.query(`CREATE TABLE witness (n serial, ${columns.map(column => `${column} text`).join(', ')})`)
  const arrays = columns.map((_, at) => rows.map(row => row[at]?.replaceAll(NUL, FOR_NUL) ?? null))
  const unnested = columns.map((_, at) => `$${at + 1}::text[]`)
  await client.query(
    `INSERT INTO witness (${columns.join(', ')}) SELECT * FROM unnest(${unnested.join(', ')})`,
    arrays,
  )
  const named = columns.map((column, at) => `${column} AS ${escapeIdentifier(names[at])}`)
  const select = (where: string): string => `SELECT ${named.join(', ')} FROM witness ${where}`
  const header = hasHeader ? await copyToFile(client, select('WHERE false'), options(true)) : Buffer.alloc(0)
  const body = await copyToFile(client, select('ORDER BY n'), options(false))
  return { header, body: withNul(body), rows: rows.length }
}

function withNul(bytes: Buffer): Buffer {
  if (!bytes.includes(FOR_NUL)) return bytes
  return Buffer.from(bytes.toString().replaceAll(FOR_NUL, NUL))
}
