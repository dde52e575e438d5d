import type { GrantRequest, GrantStatement, GrantWords } from '../dialect.ts'
import { SERVERS } from './servers.ts'

/** For MySQL, MariaDB and Aurora MySQL. */
export const MYSQL_GRANTS: GrantWords = {
  servers: SERVERS,
  usual: 'aurora-mysql-3',
  withoutExport: ['rds-mysql', 'rds-mariadb'],
  hasSchemas: false,
  // In characters, which are bytes if all are ASCII: https://dev.mysql.com/doc/refman/8.0/en/identifier-length.html
  longest: { user: 32, database: 64 },
  statements,
}

/** No sql_mode changes the meaning of a name in backticks, and a backslash means nothing there. */
const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** In GRANT the name of a database is a pattern: https://dev.mysql.com/doc/refman/8.0/en/grant.html#grant-quoting */
const databasePattern = (name: string): string => identifier(name.replace(/[\\%_]/g, '\\$&'))

function statements({ server, user, database }: GrantRequest): GrantStatement[] {
  const account = `${identifier(user)}@\`%\``
  return [
    {
      purpose:
        'The user logs in with a token that IAM signs, and has no password. This does not change an existing user.',
      sql: `CREATE USER IF NOT EXISTS ${account} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'`,
    },
    { purpose: 'The token goes only over TLS.', sql: `ALTER USER ${account} REQUIRE SSL` },
    {
      purpose: 'The tables that tasks read. Grant more rights if they write.',
      sql: `GRANT SELECT ON ${databasePattern(database)}.* TO ${account}`,
    },
    ...exportRights(server, account),
  ]
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html */
function exportRights(server: string, account: string): GrantStatement[] {
  const purpose = 'The right to INTO OUTFILE S3 by the server itself.'
  switch (server) {
    case 'aurora-mysql-2':
      return [{ purpose, sql: `GRANT SELECT INTO S3 ON *.* TO ${account}` }]
    case 'aurora-mysql-3':
      return [
        { purpose, sql: `GRANT AWS_SELECT_S3_ACCESS TO ${account}` },
        {
          purpose: 'The role is active in every session.',
          sql: `SET DEFAULT ROLE AWS_SELECT_S3_ACCESS TO ${account}`,
        },
      ]
    default:
      return []
  }
}
