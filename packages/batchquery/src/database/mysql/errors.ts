import { BatchQueryError } from '../../errors/index.ts'
import { type DatabaseUrl, shownHost } from '../database-url.ts'
import { STARTING_HINT, silentServer } from '../silent-server.ts'
import { publicKeyPath } from './public-key-path.ts'
import { LOST, type Rule, ruleOf } from './server-rules.ts'

/** The error that the server, or the network, reported. */
export interface ServerError {
  /** 0 if the server did not send it. */
  readonly number: number
  readonly sqlState: string
  readonly message: string
}

/** Reads the payload of an error packet. https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html */
export function readErrorPacket(payload: Buffer): ServerError {
  const hasState = payload[3] === 0x23
  return {
    number: payload.readUInt16LE(1),
    sqlState: hasState ? payload.toString('latin1', 4, 9) : '',
    message: payload.toString('utf8', hasState ? 9 : 3),
  }
}

/** By the code of Node or of the driver. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the host name in the database URL.',
  EAI_AGAIN: 'Check the network, then run again. The name service did not answer.',
  ECONNREFUSED: 'Check the host and port, and check that the server is running. No program listens there.',
  ETIMEDOUT: 'Check the host, port, security group and route. No server answered.',
  EHOSTUNREACH: 'Check the network. It has no route to the host.',
  ENETUNREACH: 'Check the network. It has no route to the host.',
  ENOENT: 'Check the path of the socket, and check that the server is running. The socket does not exist.',
}
/**
 * The codes of Node, for sockets and TLS, and of the driver, for unreadable data. After these the connection is
 * useless.
 */
const BROKEN = /^(?!ERR_INVALID)(E[A-Z]+$|ERR_|PROTOCOL_)/
/** The driver's message for a connection that broke while it was idle. */
const CLOSED = /in closed state$/
/** During the handshake the driver has one code for all failures. These messages are of the network. */
const BROKE_OFF = /^(read|write) E[A-Z]+$|^Client network socket disconnected/
const NO_TLS = 'HANDSHAKE_NO_SSL_SUPPORT'
const ACCESS_DENIED = 1045
/** The driver's message for a server plugin that it does not have. */
const UNKNOWN_PLUGIN = /unknown plugin (\S+?)\. See/
const UNKNOWN_PLUGIN_RULE: Rule = {
  code: 'AUTHENTICATION',
  hint: 'Use a user with caching_sha2_password or mysql_native_password; for PAM on MariaDB, set pam_use_cleartext_plugin = ON.',
}
const TLS_HINT =
  'Set sslrootcert=FILE to the certificate authority that signed the certificate of the server, and use the host name of its certificate.'

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
  const { number, code, message } = facts(thrown)
  const host = shownHost(url)
  const rule = number === ACCESS_DENIED ? accessDenied(url) : ruleOf(number, message)
  const at = `login at ${host} as ${JSON.stringify(user)}`
  if (rule !== undefined) {
    const isLost = rule.code === 'DATABASE_LOST'
    const loginRule: Rule = isLost ? { code: 'DATABASE_UNREACHABLE', hint: STARTING_HINT } : rule
    return make(loginRule, `${at} failed: ${message} (${number})`, thrown)
  }
  if (code === 'ETIMEDOUT' && isAccepted) return silentServer(host, thrown)
  const hint = UNREACHABLE[code]
  if (hint !== undefined)
    return make({ code: 'DATABASE_UNREACHABLE', hint }, `cannot reach ${host}: ${message}`, thrown)
  if (code === NO_TLS)
    return make({ code: 'TLS', hint: 'Turn on TLS on the server.' }, `${host} offers no TLS`, thrown)
  if (isTlsFailure(code) && !BROKE_OFF.test(message))
    return make({ code: 'TLS', hint: TLS_HINT }, `${host}: ${message}`, thrown)
  const [, plugin] = UNKNOWN_PLUGIN.exec(message) ?? []
  if (plugin !== undefined)
    return make(
      UNKNOWN_PLUGIN_RULE,
      `${at} failed: the server asks for the plugin ${plugin}, which batchquery does not have`,
      thrown,
    )
  if (number > 0)
    return make(
      { code: 'AUTHENTICATION', hint: 'Check the user and the server log.' },
      `${at} failed: ${message} (${number})`,
      thrown,
    )
  return make(
    { code: 'DATABASE_UNREACHABLE', hint: 'Check that a MySQL server listens at this host and port.' },
    `${at} failed: ${message}`,
    thrown,
  )
}

/** The server does not say why it denied access. The options of the URL suggest other reasons. */
function accessDenied(url: DatabaseUrl): Rule {
  const { sslMode, socket } = url
  const others = [
    ...(publicKeyPath(url) === null
      ? []
      : ["Check that server-public-key-path names the server's current key."]),
    ...(sslMode === 'disable' && socket === null
      ? ['If the user must use TLS (REQUIRE SSL), add sslmode=verify-full.']
      : []),
  ]
  const hint = ['Check the user and the password (MYSQL_PWD, or passwordFile= in the URL).', ...others].join(
    ' ',
  )
  return { code: 'AUTHENTICATION', hint }
}

/** The error of a statement, or of the connection while it ran. */
export function statementError(thrown: unknown): BatchQueryError {
  if (thrown instanceof BatchQueryError) return thrown
  const { number, code, message } = facts(thrown)
  if (number === 0 && (BROKEN.test(code) || CLOSED.test(message)))
    return make(LOST, `the connection to the database broke: ${message}`, thrown)
  const rule = ruleOf(number, message) ?? { code: 'QUERY_FAILED', hint: '' }
  return make(
    rule,
    `the database refused the statement: ${message} (${number === 0 ? code : number})`,
    thrown,
  )
}

/** Whether the server itself sent the error. */
export const isServersError = (thrown: unknown): boolean => facts(thrown).number > 0

/** The server's number of an error of a statement. 0 if the server did not send it. */
export const errorNumber = (error: unknown): number =>
  facts(error instanceof BatchQueryError ? error.cause : error).number

/** The error of an error packet. */
export function packetError(payload: Buffer): BatchQueryError {
  const error = readErrorPacket(payload)
  return statementError(
    Object.assign(new Error(error.message), { errno: error.number, sqlState: error.sqlState }),
  )
}

function make(rule: Rule, message: string, cause: unknown): BatchQueryError {
  return new BatchQueryError(rule.code, message, rule.hint === '' ? { cause } : { cause, hint: rule.hint })
}

function facts(thrown: unknown): { number: number; code: string; message: string } {
  if (!(thrown instanceof Error)) return { number: 0, code: '', message: String(thrown) }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  // Node's own errors have a negative errno.
  const number = 'errno' in thrown && typeof thrown.errno === 'number' && thrown.errno > 0 ? thrown.errno : 0
  return { number, code, message: thrown.message.replace(/\s+/g, ' ') }
}

const isTlsFailure = (code: string): boolean => /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code)
