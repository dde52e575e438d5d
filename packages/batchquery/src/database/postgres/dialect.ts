import type { ServerDialect } from '../dialect.ts'
import { AWS_S3_EXPORT } from './native.ts'
import { PG_SERVICES } from './service.ts'
import { SSL_NEGOTIATION } from './ssl-negotiation.ts'

const load = () => import('./postgres-database.ts')

/** PostgreSQL, on RDS and as Aurora too. */
export const POSTGRES: ServerDialect = {
  kind: 'server',
  schemes: ['postgres', 'postgresql'],
  example: 'postgres://user@host/db',
  defaultPort: 5432,
  passwordVariable: 'PGPASSWORD',
  passwordFile: async () => (await import('./pgpass.ts')).PGPASS,
  services: PG_SERVICES,
  secretEngines: /^(aurora-)?postgres(ql)?$/,
  ownSettings: [SSL_NEGOTIATION],
  cancelEnds: 'session',
  native: AWS_S3_EXPORT,
  load,
  tables: async () => (await import('./tables.ts')).POSTGRES_TABLES,
  parallelReads: async () => (await import('./parallel/parallel-reads.ts')).POSTGRES_PARALLEL_READS,
  open: async (url, credentials) => new (await load()).PostgresDatabase(url, credentials),
  askedForPassword: user =>
    `The server asked ${user} for a password, not for a token. GRANT rds_iam TO the user, and turn on IAM database authentication for the cluster.`,
  endByHand: (sessions, mark) =>
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN (${sessions.join(', ')}) AND application_name LIKE '${mark}%'`,
  oneSession: {
    speed: 110_000_000,
    locks:
      'The query holds ACCESS SHARE locks on its tables until its last row, so nothing can alter or truncate them.',
  },
  readOnly: 'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
  checks: async () => (await import('./checks.ts')).POSTGRES_CHECKS,
}
