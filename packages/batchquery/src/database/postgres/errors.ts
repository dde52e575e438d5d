import { DatabaseError } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import { type DatabaseUrl, shownHost } from '../database-url.ts'
import { silentServer } from '../silent-server.ts'
import { causeOf, type Sent } from './causes.ts'
import { type Rule, ruleOf } from './sql-states.ts'
import { isDirect } from './ssl-negotiation.ts'

/** The limit of a message, because the server may quote a whole value. */
const MOST_CHARACTERS = 2_000

/** By Node's code. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the host name in the database URL.',
  EAI_AGAIN: 'Check the network, then run again. The name service did not answer.',
  ECONNREFUSED: 'Check the host and port, and check that the server is running. No program listens there.',
  ETIMEDOUT: 'Check the host, port, security group and route. No server answered.',
  EHOSTUNREACH: 'Check the network. It has no route to the host.',
  ENETUNREACH: 'Check the network. It has no route to the host.',
  ENOENT: 'Check the folder and the port, and check that the server is running. The socket does not exist.',
}
const TLS_HINT =
  'Set sslrootcert=FILE to the certificate authority that signed the certificate of the server, and use the host name of its certificate.'

/** How direct TLS fails with a server that expects a request for TLS first. */
const BROKE_OFF = /^(ECONNRESET|EPROTO|EPIPE)$/
const NO_DIRECT_TLS: Rule = {
  code: 'TLS',
  hint: 'Turn on TLS on the server. If it is older than PostgreSQL 17, remove sslnegotiation=direct.',
}

/** The driver's messages for errors without a code. */
const NO_TLS = 'The server does not support SSL connections'
const TIMED_OUT = 'timeout expired'
const BROKEN = /^Connection terminated|is not queryable$/
/** The message of pg_hba.conf: it refuses a login without TLS, but may accept one with TLS. */
const WANTS_TLS = /no encryption|SSL off/

/**
 * The error of a login.
 *
 * @param isAccepted whether a server accepted the connection
 */
export function loginError(
  thrown: unknown,
  url: DatabaseUrl,
  user: string,
  isAccepted: boolean,
): BatchQueryError {
  if (thrown instanceof BatchQueryError) return thrown
  const host = shownHost(url)
  const { code, message, sqlState } = facts(thrown)
  const at = `login at ${host} as ${JSON.stringify(user)}`
  if (sqlState === '28000' && WANTS_TLS.test(message))
    return make(
      { code: 'TLS', hint: 'Add sslmode=verify-full to the URL. The server requires TLS.' },
      `${at} failed: ${message}`,
      thrown,
    )
  if (sqlState !== '') {
    const rule = ruleOf(sqlState)
    const isLost = rule.code === 'DATABASE_LOST'
    const loginRule: Rule = isLost ? { ...rule, code: 'DATABASE_UNREACHABLE' } : rule
    return make(loginRule, `${at} failed: ${message}`, thrown)
  }
  if ((message === TIMED_OUT || code === 'ETIMEDOUT') && isAccepted) return silentServer(host, thrown)
  const hint = UNREACHABLE[message === TIMED_OUT ? 'ETIMEDOUT' : code]
  if (hint !== undefined)
    return make({ code: 'DATABASE_UNREACHABLE', hint }, `cannot reach ${host}: ${message}`, thrown)
  if (message === NO_TLS)
    return make({ code: 'TLS', hint: 'Turn on TLS on the server.' }, `${host} offers no TLS`, thrown)
  if (isDirect(url) && BROKE_OFF.test(code)) return make(NO_DIRECT_TLS, `${at} failed: ${message}`, thrown)
  if (isTlsFailure(code)) return make({ code: 'TLS', hint: TLS_HINT }, `${host}: ${message}`, thrown)
  if (message.startsWith('SASL'))
    return make({ code: 'AUTHENTICATION', hint: ruleOf('28P01').hint }, `${at} failed: ${message}`, thrown)
  return make(
    { code: 'DATABASE_UNREACHABLE', hint: 'Check that a PostgreSQL server listens at this host and port.' },
    `${at} failed: ${message}`,
    thrown,
  )
}

/** For logins and other small questions, which contain no text of a task. */
const NOTHING_OF_A_TASK: Sent = {
  sql: '',
  before: 0,
  serverEncoding: '',
  exportEncoding: null,
  exportsTypes: false,
}

/** The error of a statement, or of the connection while it ran. */
export function statementError(thrown: unknown, sent = NOTHING_OF_A_TASK): BatchQueryError {
  if (thrown instanceof BatchQueryError) return thrown
  const { code, message, position } = facts(thrown)
  if (thrown instanceof DatabaseError && thrown.code !== undefined) {
    const place = linePosition(sent.sql, position - sent.before)
    const cause = causeOf(thrown, sent)
    return make(cause, `the database refused the statement: ${message}${place}`, thrown, cause.isCertain)
  }
  if (code !== '' || BROKEN.test(message))
    return make(ruleOf('08006'), `the connection to the database broke: ${message}`, thrown)
  return BatchQueryError.from(thrown)
}

/** Whether the server itself sent the error. */
export const isServersError = (thrown: unknown): boolean => facts(thrown).sqlState !== ''

/** @param isCertain whether the rule's hint replaces the server's */
function make(rule: Rule, message: string, cause: unknown, isCertain = false): BatchQueryError {
  const ofServer = cause instanceof DatabaseError ? cause.hint : undefined
  const hint = isCertain ? rule.hint : (ofServer ?? rule.hint)
  const { retryable } = rule
  return new BatchQueryError(rule.code, message, {
    cause,
    ...(hint === '' ? {} : { hint }),
    ...(retryable === undefined ? {} : { retryable }),
  })
}

interface Facts {
  /** Node's code, such as ECONNRESET. */
  readonly code: string
  readonly message: string
  /** Empty if the server did not send the error. */
  readonly sqlState: string
  /** The position in what was sent, in characters from 1. 0 if the server reports none. */
  readonly position: number
}

function facts(thrown: unknown): Facts {
  if (thrown instanceof DatabaseError && thrown.code !== undefined) {
    const { code: sqlState, position } = thrown
    return {
      code: '',
      message: `${serverMessage(thrown)} (${sqlState})`,
      sqlState,
      position: Number(position ?? 0),
    }
  }
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  // If a name has several addresses, Node's error has no message.
  return { code, message: inOneLine(message || code), sqlState: '', position: 0 }
}

/** The text of an error or notice of the server: its message, its detail, and the place in a routine that raised it. */
export function serverMessage(said: ServerWords): string {
  const parts = [said.message, said.detail, said.where?.split('\n', 1)[0]]
  return parts.flatMap(part => (part ? [inOneLine(part)] : [])).join('; ')
}

interface ServerWords {
  readonly message: string | undefined
  readonly detail: string | undefined
  readonly where: string | undefined
}

function inOneLine(text: string): string {
  const line = text.slice(0, MOST_CHARACTERS + 1).replace(/\s+/g, ' ')
  return text.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line
}

const isTlsFailure = (code: string): boolean =>
  /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|EPROTO/.test(code)

/**
 * The position of an error, for the end of its message: ` at line 3, column 5`. Empty if the position is outside the
 * text.
 *
 * @param position of a character (code point) of `sql`, from 1, as the server counts
 */
function linePosition(sql: string, position: number): string {
  if (position < 1) return ''
  let line = 1
  let column = 1
  let at = 1
  for (const character of sql) {
    if (at++ === position) return ` at line ${line}, column ${column}`
    column++
    if (character === '\n') {
      line++
      column = 1
    }
  }
  // An error at the end of the input is one character past it.
  return at === position ? ` at line ${line}, column ${column}` : ''
}
