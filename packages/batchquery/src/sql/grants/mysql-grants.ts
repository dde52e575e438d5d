import type { GrantRequest, GrantStatement } from './grant-request.ts'

/** Quoted as identifiers, where no sql_mode and no backslash has a say. */
const identifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** In GRANT the name of a database is a pattern: https://dev.mysql.com/doc/refman/8.0/en/grant.html#grant-quoting */
const databasePattern = (name: string): string => identifier(name.replace(/[\\%_]/g, '\\$&'))

/** For MySQL, MariaDB and Aurora MySQL. */
export function mysqlGrants({ server, user, database }: GrantRequest): GrantStatement[] {
  const account = `${identifier(user)}@\`%\``
  return [
    {
      purpose:
        'The user logs in by a token that IAM signs, and has no password. One that exists stays as it is.',
      sql: `CREATE USER IF NOT EXISTS ${account} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'`,
    },
    { purpose: 'The token goes over TLS alone.', sql: `ALTER USER ${account} REQUIRE SSL` },
    {
      purpose: 'What tasks read. Grant more where they write.',
      sql: `GRANT SELECT ON ${databasePattern(database)}.* TO ${account}`,
    },
    ...exportRights(server, account),
  ]
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.SaveIntoS3.html */
function exportRights(server: GrantRequest['server'], account: string): GrantStatement[] {
  const purpose = 'INTO OUTFILE S3, written by the server itself.'
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
