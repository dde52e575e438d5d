import { checkNames, type GrantRequest, type GrantStatement } from './grant-request.ts'
import { mysqlGrants } from './mysql-grants.ts'
import { postgresGrants } from './postgres-grants.ts'

export { type GrantedServer, type GrantRequest, type GrantStatement, SERVERS } from './grant-request.ts'

/**
 * The statements that make a user for tasks, for an administrator to read and to run. Each may be run again.
 *
 * @throws USAGE for names that the server could not hold
 */
export function grantStatements(request: GrantRequest): GrantStatement[] {
  checkNames(request)
  return request.server === 'postgres' ? postgresGrants(request) : mysqlGrants(request)
}

/** The statements as a script, with what else has to be set up as comments. */
export function grantScript(request: GrantRequest): string {
  const statements = grantStatements(request)
  // JSON has no line feed of its own: no name leads out of the comment.
  const resource = JSON.stringify(`arn:aws:rds-db:REGION:ACCOUNT:dbuser:CLUSTER-RESOURCE-ID/${request.user}`)
  return [
    `-- For ${request.server}. Read it, then run it as an administrator of the server.`,
    `-- In IAM, the role of the tasks needs rds-db:connect on ${resource},`,
    '-- and the cluster IAM database authentication.',
    ...statements.flatMap(({ sql, purpose }) => ['', `-- ${purpose}`, `${sql};`]),
  ].join('\n')
}
