import type { ErrorCode } from '../../errors/index.ts'

/** The meaning of a server error for a run. */
export interface Rule {
  readonly code: ErrorCode
  /** Empty if there is none. */
  readonly hint: string
  /**
   * From 4000 on, MySQL and MariaDB assign the same numbers to different errors. This pattern matches the message of
   * the intended error.
   */
  readonly says?: RegExp
}

const DENIED: Rule = {
  code: 'PERMISSION',
  hint: 'Grant the right to the user, or log in as a user that has it.',
}
export const LOST: Rule = {
  code: 'DATABASE_LOST',
  hint: 'Look in the server log for a restart, a KILL or a timeout; then run again.',
}
const EXPIRED: Rule = {
  code: 'AUTHENTICATION',
  hint: 'Log in with the mysql client, change the password (ALTER USER USER() IDENTIFIED BY ...), and use the new one here.',
}
const LOCKED: Rule = {
  code: 'AUTHENTICATION',
  hint: 'Ask an administrator to unlock the user: ALTER USER ... ACCOUNT UNLOCK.',
}

/** By error number: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const SERVER_RULES: Readonly<Record<number, Rule>> = {
  1040: {
    code: 'DATABASE_UNREACHABLE',
    hint: 'Run again later, or raise max_connections. The server has no free connection.',
  },
  1044: DENIED,
  // The error of a statement: INTO OUTFILE or LOAD DATA without the right FILE.
  1045: DENIED,
  1049: { code: 'QUERY_FAILED', hint: 'Check the name of the database at the end of the URL.' },
  1053: LOST,
  1129: {
    code: 'DATABASE_UNREACHABLE',
    hint: 'Run FLUSH HOSTS on the server (or TRUNCATE performance_schema.host_cache). Too many connections from this machine broke off.',
  },
  1130: { code: 'AUTHENTICATION', hint: 'Create a user for this host, or connect from another one.' },
  1142: DENIED,
  1143: DENIED,
  1146: { code: 'QUERY_FAILED', hint: 'Check the name of the table and of its database.' },
  1203: {
    code: 'DATABASE_UNREACHABLE',
    hint: 'Run again later, or raise the limit of connections of the user.',
  },
  1226: {
    code: 'DATABASE_UNREACHABLE',
    hint: 'Run again later, or raise the limit that the message names: ALTER USER ... WITH.',
  },
  1227: DENIED,
  1317: {
    code: 'QUERY_FAILED',
    hint: 'Run again. Another user killed the statement, or the server is shutting down.',
  },
  1370: DENIED,
  1698: { code: 'AUTHENTICATION', hint: 'Log in as a user with a password. This user logs in another way.' },
  1820: EXPIRED,
  1862: EXPIRED,
  1927: LOST,
  1969: {
    code: 'QUERY_FAILED',
    hint: 'Write SET SESSION max_statement_time = 0, or a larger number of seconds, before the statement. It took longer than that limit.',
  },
  3024: {
    code: 'QUERY_FAILED',
    hint: 'Write SET SESSION max_execution_time = 0, or a larger number of milliseconds, before the statement, and look in it for a hint MAX_EXECUTION_TIME. It took longer than that limit.',
  },
  3032: { code: 'DATABASE_UNREACHABLE', hint: 'Run again later. The server is in offline_mode.' },
  3118: LOCKED,
  3159: { code: 'TLS', hint: 'Add sslmode=verify-full to the URL. The server requires TLS.' },
  3955: {
    code: 'AUTHENTICATION',
    hint: 'Wait for the days that the message names, or run ALTER USER ... ACCOUNT UNLOCK. Then check the password: too many logins had a wrong one.',
  },
  4031: { ...LOST, says: /inactivity/ },
  4150: {
    code: 'AUTHENTICATION',
    hint: 'Run FLUSH PRIVILEGES on the server, then check the password: too many logins had a wrong one.',
    says: /blocked/,
  },
  4151: { ...LOCKED, says: /locked/ },
}

/** Undefined if there is none. */
export function ruleOf(number: number, message: string): Rule | undefined {
  const rule = SERVER_RULES[number]
  return rule?.says?.test(message) === false ? undefined : rule
}
