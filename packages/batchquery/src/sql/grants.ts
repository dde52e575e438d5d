import { BatchQueryError } from '../errors/index.ts'
import type { GrantRequest, GrantStatement, GrantWords } from './dialects/dialect.ts'
import { allWords, type Dialect, wordsOf } from './dialects/index.ts'

export type { GrantRequest, GrantStatement } from './dialects/dialect.ts'

const allGrants = allWords().flatMap(({ grants }) => grants ?? [])

/** The server that a URL of the dialect means; null if the dialect has no users. */
export const usualServer = (dialect: Dialect): string | null => wordsOf(dialect).grants?.usual ?? null

/** Whether a database of the server has schemas, of which a request names one. @throws INTERNAL */
export const hasSchemas = (server: string): boolean => grantsFor(server).hasSchemas

/** @param server one that `GrantWords.servers` of a dialect has */
function grantsFor(server: string): GrantWords {
  const grants = allGrants.find(({ servers }) => servers.includes(server))
  if (grants === undefined) throw new BatchQueryError('INTERNAL', `no dialect has the server ${server}`)
  return grants
}

/**
 * The statements that make a user for tasks, for an administrator to read and to run. Each may be run again.
 *
 * @throws USAGE if the server cannot have such names, or no export of its own
 */
export function grantStatements(request: GrantRequest): GrantStatement[] {
  const grants = grantsFor(request.server)
  checkNames(request, grants)
  return grants.statements(request)
}

/** The statements as a script. Comments say what else the administrator must set up. */
export function grantScript(request: GrantRequest): string {
  const statements = grantStatements(request)
  // JSON has no line feed of its own, so no name leads out of the comment.
  const resource = JSON.stringify(`arn:aws:rds-db:REGION:ACCOUNT:dbuser:CLUSTER-RESOURCE-ID/${request.user}`)
  return [
    `-- For ${request.server}. Read it, then run it as an administrator of the server.`,
    `-- In IAM, the role of the tasks needs rds-db:connect on ${resource},`,
    '-- and the cluster IAM database authentication.',
    ...statements.flatMap(({ sql, purpose }) => ['', `-- ${purpose}`, `${sql};`]),
  ].join('\n')
}

/** A server would shorten some names, and could not have others. */
function checkNames(
  { server, user, database, schema, native }: GrantRequest,
  { longest, hasSchemas, withoutExport }: GrantWords,
): void {
  check('user', user, longest.user)
  check('database', database, longest.database)
  if (hasSchemas) check('schema', schema, longest.database)
  if (native && withoutExport.includes(server))
    throw new BatchQueryError('USAGE', `${server} has no export of its own`, {
      hint: 'Remove --native. batchquery then streams the rows, and the user needs only SELECT.',
    })
}

function check(what: string, name: string, longest: number): void {
  const refuse = (why: string) =>
    new BatchQueryError('USAGE', `the ${what} ${JSON.stringify(name)} ${why}`, {
      hint: `Name it with --${what}.`,
    })
  if (name === '') throw refuse('is empty')
  if (Buffer.byteLength(name) > longest) throw refuse(`has more than ${longest} bytes`)
  if (name.includes('\0')) throw refuse('contains a NUL character')
}
