import type { GrantRequest, GrantStatement, GrantWords } from '../dialect.ts'
import { SERVERS } from './servers.ts'

/** For PostgreSQL on RDS and Aurora. */
export const POSTGRES_GRANTS: GrantWords = {
  servers: SERVERS,
  usual: 'postgres',
  withoutExport: [],
  hasSchemas: true,
  longest: { user: 63, database: 63 },
  statements,
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** PostgreSQL has no IF NOT EXISTS for roles. The tag is one that the statement does not contain. */
function unlessThere(statement: string): string {
  let tag = '$batchquery$'
  while (statement.includes(tag)) tag = tag.replace(/\$$/, '_$')
  return `DO ${tag} BEGIN ${statement}; EXCEPTION WHEN duplicate_object THEN NULL; END ${tag}`
}

function statements({ user: name, database, schema: named, native }: GrantRequest): GrantStatement[] {
  const user = identifier(name)
  const schema = identifier(named)
  return [
    {
      purpose:
        'The user logs in with a token that IAM signs, over TLS, and has no password. This does not change an existing user.',
      sql: unlessThere(`CREATE ROLE ${user} LOGIN`),
    },
    {
      purpose: 'A server without IAM database authentication does not have this role.',
      sql: `GRANT rds_iam TO ${user}`,
    },
    {
      purpose: 'The tables that tasks read. Grant more rights if they write.',
      sql: `GRANT CONNECT ON DATABASE ${identifier(database)} TO ${user}`,
    },
    { purpose: 'In this database: the schema,', sql: `GRANT USAGE ON SCHEMA ${schema} TO ${user}` },
    {
      purpose: 'its current tables,',
      sql: `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${user}`,
    },
    {
      purpose: 'and the tables that the administrator who runs this creates later.',
      sql: `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT SELECT ON TABLES TO ${user}`,
    },
    ...(native ? exportRights(user) : []),
  ]
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/postgresql-s3-export.html */
const exportRights = (user: string): GrantStatement[] => [
  { purpose: "The server's own export to S3.", sql: 'CREATE EXTENSION IF NOT EXISTS aws_s3 CASCADE' },
  ...['aws_s3', 'aws_commons'].flatMap(schema => [
    { purpose: `The schema ${schema},`, sql: `GRANT USAGE ON SCHEMA ${schema} TO ${user}` },
    { purpose: 'and its functions.', sql: `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${user}` },
  ]),
]
