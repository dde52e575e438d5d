import type { ErrorCode } from '../../errors/index.ts'

/** The meaning of a server error for a run. */
export interface Rule {
  readonly code: ErrorCode
  /** The next step if the server itself has no hint. */
  readonly hint: string
  /** Set if it differs from the catalogue's value for the code. */
  readonly retryable?: boolean
}

const LOST: Rule = {
  code: 'DATABASE_LOST',
  hint: 'Look in the server log for a restart, a termination or a timeout; then run again.',
}
const LOGIN: Rule = {
  code: 'AUTHENTICATION',
  hint: 'Check the user and the password (PGPASSWORD, or passwordFile= in the URL).',
}
const TRY_AGAIN: Rule = {
  code: 'QUERY_FAILED',
  hint: 'Run again. Another session blocked the statement.',
  retryable: true,
}
const RULES: Readonly<Record<string, Rule>> = {
  '08P01': { code: 'QUERY_FAILED', hint: '' },
  '25006': { code: 'QUERY_FAILED', hint: 'Connect to the writer. This server is read-only.' },
  '25P02': {
    code: 'QUERY_FAILED',
    hint: 'End the transaction with ROLLBACK. An earlier statement of it failed.',
  },
  '25P03': LOST,
  '25P04': {
    code: 'DATABASE_LOST',
    hint: 'Write SET transaction_timeout = 0 before the transaction. It took longer than that limit.',
    retryable: false,
  },
  '28000': { code: 'AUTHENTICATION', hint: 'Check the user, and check pg_hba.conf on the server.' },
  '28P01': LOGIN,
  '3D000': { code: 'QUERY_FAILED', hint: 'Check the name of the database at the end of the URL.' },
  '40001': TRY_AGAIN,
  '40P01': TRY_AGAIN,
  '42501': { code: 'PERMISSION', hint: 'Grant the right to the user, or log in as a user that has it.' },
  '42P01': { code: 'QUERY_FAILED', hint: 'Check the name of the table and the search_path.' },
  '53300': {
    code: 'DATABASE_UNREACHABLE',
    hint: 'Run again later, or raise max_connections. The server has no free connection.',
  },
  '55P03': TRY_AGAIN,
  '57014': {
    code: 'QUERY_FAILED',
    hint: 'Run again. Another session or a timeout cancelled the statement.',
  },
  '57P01': LOST,
  '57P02': LOST,
  '57P03': { code: 'DATABASE_UNREACHABLE', hint: 'Run again. The server is starting or stopping.' },
  '57P05': LOST,
}

/** By class (the first two characters), for states without a rule of their own. */
const CLASSES: Readonly<Record<string, Rule>> = {
  '08': LOST,
  '28': LOGIN,
}

/** The rule of an SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const ruleOf = (sqlState: string): Rule =>
  RULES[sqlState] ?? CLASSES[sqlState.slice(0, 2)] ?? { code: 'QUERY_FAILED', hint: '' }
