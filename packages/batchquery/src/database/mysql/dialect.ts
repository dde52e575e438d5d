import type { ServerDialect } from '../dialect.ts'
import { AURORA_EXPORT } from './native.ts'
import { PUBLIC_KEY_PATH } from './public-key-path.ts'

const load = () => import('./mysql-database.ts')

/** MySQL, MariaDB and Aurora MySQL. */
export const MYSQL: ServerDialect = {
  kind: 'server',
  schemes: ['mysql', 'mariadb'],
  example: 'mysql://user@host:3306/db',
  defaultPort: 3306,
  passwordVariable: 'MYSQL_PWD',
  passwordFile: async () => (await import('./option-file.ts')).MY_CNF,
  services: null,
  secretEngines: /^(aurora(-mysql)?|mysql|mariadb)$/,
  ownSettings: [PUBLIC_KEY_PATH],
  cancelEnds: 'session',
  native: AURORA_EXPORT,
  load,
  tables: async () => (await import('./tables.ts')).MYSQL_TABLES,
  parallelReads: async () => (await import('./parallel/parallel-reads.ts')).MYSQL_PARALLEL_READS,
  open: async (url, credentials) => new (await load()).MysqlDatabase(url, credentials),
  askedForPassword: user =>
    `The server asked ${user} for a password, not for a token. Create the user with IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'; the case of its name matters.`,
  endByHand: (sessions, mark) =>
    `run SHOW PROCESSLIST, then KILL those of ${sessions.join(', ')} whose statement begins with /* ${mark} */`,
  oneSession: {
    speed: 73_000_000,
    locks: 'The query holds metadata locks on its tables until its last row, so nothing can alter them.',
  },
  readOnly: 'SET SESSION TRANSACTION READ ONLY',
  checks: async () => (await import('./checks.ts')).MYSQL_CHECKS,
}
