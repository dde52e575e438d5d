import { readFile } from 'node:fs/promises'
import { type Connection, createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import type { MariadbServer } from '../../packages/batchquery/test/setup/mariadb.ts'
import type { PostgresServer } from '../../packages/batchquery/test/setup/postgres.ts'
import type { S3Server } from '../../packages/batchquery/test/setup/radosgw.ts'

/** The name in the certificate, if the server is on this machine. */
export const hostOf = ({ host }: { readonly host: string }): string =>
  host === '127.0.0.1' ? 'localhost' : host

/** The URLs for batchquery, with verified TLS. Passwords come from the environment. */
export const mysqlUrl = (server: MariadbServer): string =>
  `mysql://${server.user}@${hostOf(server)}:${server.port}/${server.database}?sslmode=verify-full&sslrootcert=${server.caFile}`

export const postgresUrl = (server: PostgresServer): string =>
  `postgres://${server.user}@${hostOf(server)}:${server.port}/${server.database}?sslmode=verify-full&sslrootcert=${server.caFile}`

/** The options by which our programs find the server. */
export const serverOptions = (server: MariadbServer | PostgresServer) => ({
  host: hostOf(server),
  port: `${server.port}`,
  user: server.user,
  database: server.database,
  ca: server.caFile,
})

/** The environment of the libpq programs. */
export const libpqEnvironment = (server: PostgresServer): NodeJS.ProcessEnv => ({
  PGHOST: hostOf(server),
  PGPORT: `${server.port}`,
  PGUSER: server.user,
  PGPASSWORD: server.password,
  PGDATABASE: server.database,
  PGSSLMODE: 'verify-full',
  PGSSLROOTCERT: server.caFile,
})

/** The options of the `mariadb` client. */
export const mariadbArguments = (server: MariadbServer): readonly string[] => [
  '--no-defaults',
  '--protocol=tcp',
  `--host=${hostOf(server)}`,
  `--port=${server.port}`,
  `--user=${server.user}`,
  `--ssl-ca=${server.caFile}`,
  '--ssl-verify-server-cert',
  '--default-character-set=utf8mb4',
  server.database,
]

/** The environment of the SDK: https, verified. */
export const s3Environment = (server: S3Server): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL_S3: server.secureEndpoint,
  AWS_REGION: server.region,
  AWS_ACCESS_KEY_ID: server.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
  NODE_EXTRA_CA_CERTS: server.caFile,
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
})

/** A session of our own. The caller must end it. */
export async function connectMariadb(server: MariadbServer): Promise<Connection> {
  const { port, user, password, database, caFile } = server
  const ssl = { ca: await readFile(caFile, 'utf8'), verifyIdentity: true }
  return createConnection({ host: hostOf(server), port, user, password, database, ssl })
}

/** A session of our own. The caller must end it. */
export async function connectPostgres(server: PostgresServer): Promise<Client> {
  const { port, user, password, database, caFile } = server
  const ssl = { ca: await readFile(caFile, 'utf8') }
  const client = new Client({ host: hostOf(server), port, user, password, database, ssl })
  await client.connect()
  return client
}
