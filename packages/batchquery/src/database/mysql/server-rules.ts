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
  hint: 'Grant the right to the user, or use one that has it.',
}
export const LOST: Rule = {
  code: 'DATABASE_LOST',
  hint: 'Look into the server log for a restart, a KILL or a timeout; then run again.',
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
  1040: { code: 'DATABASE_UNREACHABLE', hint: 'The server has no connection free. Try again later.' },
  1044: DENIED,
  // The error of a statement: INTO OUTFILE or LOAD DATA without the right FILE.
  1045: DENIED,
  1049: { code: 'QUERY_FAILED', hint: 'Check the name of the database at the end of the URL.' },
  1053: LOST,
  1129: {
    code: 'DATABASE_UNREACHABLE',
    hint: 'Too many connections of this machine broke off: run FLUSH HOSTS on the server (TRUNCATE performance_schema.host_cache).',
  },
  1130: { code: 'AUTHENTICATION', hint: 'Create a user for this host, or connect from another one.' },
  1142: DENIED,
  1143: DENIED,
  1146: { code: 'QUERY_FAILED', hint: 'Check the name of the table and the database it is looked for in.' },
  1203: { code: 'DATABASE_UNREACHABLE', hint: 'The user has no connection free. Try again later.' },
  1226: {
    code: 'DATABASE_UNREACHABLE',
    hint: 'Try again later, or raise the limit that the message names: ALTER USER ... WITH.',
  },
  1227: DENIED,
  1317: { code: 'QUERY_FAILED', hint: 'Another user killed the statement, or the server is shutting down.' },
  1370: DENIED,
  1698: { code: 'AUTHENTICATION', hint: 'The server lets this user in by another way than a password.' },
  1820: EXPIRED,
  1862: EXPIRED,
  1927: LOST,
  1969: {
    code: 'QUERY_FAILED',
    hint: 'It took longer than max_statement_time: write SET SESSION max_statement_time = 0 before it, or a larger number of seconds.',
  },
  3024: {
    code: 'QUERY_FAILED',
    hint: 'It took longer than max_execution_time: write SET SESSION max_execution_time = 0 before it, or a larger number of milliseconds, and look for a hint MAX_EXECUTION_TIME in it.',
  },
  3032: { code: 'DATABASE_UNREACHABLE', hint: 'The server is in offline_mode. Try again later.' },
  3118: LOCKED,
  3159: { code: 'TLS', hint: 'The server wants TLS: add sslmode=verify-full to the URL.' },
  3955: {
    code: 'AUTHENTICATION',
    hint: 'Too many logins with a wrong password: wait for the days that the message names, or run ALTER USER ... ACCOUNT UNLOCK; then check the password.',
  },
  4031: { ...LOST, says: /inactivity/ },
  4150: {
    code: 'AUTHENTICATION',
    hint: 'Too many logins with a wrong password: run FLUSH PRIVILEGES on the server, then check the password.',
    says: /blocked/,
  },
  4151: { ...LOCKED, says: /locked/ },
}

/** Undefined if there is none. */
export function ruleOf(number: number, message: string): Rule | undefined {
  const rule = SERVER_RULES[number]
  return rule?.says?.test(message) === false ? undefined : rule
}
