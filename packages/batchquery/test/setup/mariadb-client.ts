import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Connection, type ConnectionOptions, createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, inject } from 'vitest'

/** A session of the tests' all-powerful user, over verified TLS. The caller must end it. */
export async function adminConnection(options: ConnectionOptions = {}): Promise<Connection> {
  const { host, port, user, password, database, caFile } = inject('mariadb')
  const ssl = { ca: await readFile(caFile, 'utf8'), verifyIdentity: true }
  return createConnection({ host, port, user, password, database, ssl, ...options })
}

/**
 * Creates an empty database for the test file that calls it and drops it after the file's last test.
 * @returns its name
 */
export async function freshDatabase(): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await runAsAdmin(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`)
  afterAll(() => runAsAdmin(`DROP DATABASE ${name}`))
  return name
}

/** Runs statements one by one in one session and ends it. */
export async function runAsAdmin(...statements: string[]): Promise<void> {
  const connection = await adminConnection()
  try {
    for (const statement of statements) await connection.query(statement)
  } finally {
    await connection.end()
  }
}

/** Whether the server is MariaDB. Otherwise it is MySQL. */
export async function isMariadb(): Promise<boolean> {
  const connection = await adminConnection()
  try {
    const [[row]] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version')
    return String(row?.version).includes('MariaDB')
  } finally {
    await connection.end()
  }
}

/** The running statements that contain the text, except this question. */
export async function statementsWith(text: string): Promise<{ id: string; statement: string }[]> {
  const connection = await adminConnection()
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SHOW FULL PROCESSLIST')
    const statements = rows.map(({ Id, Info }) => ({ id: String(Id), statement: String(Info) }))
    return statements.filter(({ statement }) => statement.includes(text))
  } finally {
    await connection.end()
  }
}
