import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { afterAll, inject } from 'vitest'

/** A session of the tests' superuser, over verified TLS. The caller must end it. */
export async function adminPg(database?: string): Promise<Client> {
  const server = inject('postgres')
  const { port, user, password, caFile } = server
  const client = new Client({
    host: 'localhost',
    port,
    user,
    password,
    database: database ?? server.database,
    ssl: { ca: await readFile(caFile, 'utf8') },
  })
  await client.connect()
  return client
}

/**
 * Creates an empty database for the test file that calls it and drops it after the file's last test.
 * @returns its name
 */
export async function freshPostgresDatabase(): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await runAsAdmin(`CREATE DATABASE ${name}`)
  afterAll(() => runAsAdmin(`DROP DATABASE ${name} WITH (FORCE)`))
  return name
}

async function runAsAdmin(statement: string): Promise<void> {
  const client = await adminPg()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** The role whose members log in by token on RDS. It stays, because several test files use it. */
export async function makeRdsIam(client: Client): Promise<void> {
  // If two sessions create it at once, one of them fails.
  await client.query('CREATE ROLE rds_iam').catch(() => {})
}
