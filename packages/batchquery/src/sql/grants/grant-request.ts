import { BatchQueryError } from '../../errors/index.ts'

/** What the statements are for. */
export const SERVERS = ['aurora-mysql-3', 'aurora-mysql-2', 'rds-mysql', 'rds-mariadb', 'postgres'] as const

export type GrantedServer = (typeof SERVERS)[number]

export interface GrantRequest {
  readonly server: GrantedServer
  readonly user: string
  /** The database whose tables are read. */
  readonly database: string
  /** The schema in it; PostgreSQL only. */
  readonly schema: string
  /** Also what the server's own export takes; on Aurora MySQL it is always there. */
  readonly native: boolean
}

/** One statement, with what it is for. */
export interface GrantStatement {
  readonly sql: string
  /** One line. */
  readonly purpose: string
}

/** Characters, and bytes where all are ASCII. https://dev.mysql.com/doc/refman/8.0/en/identifier-length.html */
const LONGEST = { mysql: { user: 32, database: 64 }, postgres: { user: 63, database: 63 } }

/**
 * Checks the names before they are quoted: a server would cut some, and could not hold others.
 *
 * @throws USAGE
 */
export function checkNames({ server, user, database, schema, native }: GrantRequest): void {
  const longest = LONGEST[server === 'postgres' ? 'postgres' : 'mysql']
  check('user', user, longest.user)
  check('database', database, longest.database)
  if (server === 'postgres') check('schema', schema, longest.database)
  if (native && server.startsWith('rds-'))
    throw new BatchQueryError('USAGE', `${server} has no export of its own`, {
      hint: 'Leave --native out: batchquery streams the rows, which takes no right but SELECT.',
    })
}

function check(what: string, name: string, longest: number): void {
  const refuse = (why: string) =>
    new BatchQueryError('USAGE', `the ${what} ${JSON.stringify(name)} ${why}`, {
      hint: `Name it with --${what}.`,
    })
  if (name === '') throw refuse('is empty')
  if (Buffer.byteLength(name) > longest) throw refuse(`has more than ${longest} bytes`)
  if (name.includes('\0')) throw refuse('holds a NUL character')
}
