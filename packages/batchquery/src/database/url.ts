import { BatchQueryError } from '../errors/index.ts'
import { isLoopbackHost, quoted, redactUrl, unexpandedHint, unexpandedVariable } from '../platform/index.ts'
import type { Dialect } from '../sql/index.ts'
import { type Auth, type Refuse, readAuth } from './auth.ts'
import type { DatabaseUrl, SslMode } from './database-url.ts'
import type { ServerDialect } from './dialect.ts'
import { databaseDialect, dialectOfScheme, ownSettings, urlExamples } from './dialects.ts'

/** The settings that all servers have. */
const COMMON = [
  'sslmode',
  'sslrootcert',
  'passwordFile',
  'socket',
  'auth',
  'region',
  'secret',
  'connect_timeout',
]
const PARAMETERS = [...COMMON, ...ownSettings.map(({ name }) => name)]
/** The settings that name files. */
const PATHS = [
  ...['sslrootcert', 'passwordFile', 'socket'],
  ...ownSettings.flatMap(({ name, isPath }) => (isPath ? name : [])),
]
/** The longest that a login is tried again, in seconds. */
const MOST_CONNECT_TIMEOUT = 3600

/**
 * Reads a database URL such as `mysql://user@host:3306/db?sslmode=verify-full&sslrootcert=ca.pem`.
 *
 * @throws CONFIG with the actual value, its password masked
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const refuse = (why: string, hint: string, shown = text) =>
    new BatchQueryError('CONFIG', `database ${quoted(redactUrl(shown))}: ${why}`, { hint })
  const scheme = /^[a-z]+(?=:)/i.exec(text)?.[0].toLowerCase() ?? ''
  const name = dialectOfScheme(scheme)
  if (name === null) throw refuse('this is not a database URL', `Write one of ${urlExamples()}.`)
  const dialect = databaseDialect(name)
  return dialect.kind === 'embedded'
    ? embeddedUrl(name, dialect.nameIn(text.slice(scheme.length + 1)), refuse)
    : serverUrl(text, name, dialect, refuse)
}

function embeddedUrl(dialect: Dialect, name: string, refuse: Refuse): DatabaseUrl {
  if (name === '' || name.includes('\0'))
    throw refuse('the path is missing', `Write it as in ${urlExamples()}.`)
  refuseUnexpanded('the path', name, refuse)
  return {
    dialect,
    user: '',
    password: null,
    host: '',
    port: 0,
    socket: null,
    name,
    sslMode: 'disable',
    sslRootCert: null,
    passwordFile: null,
    auth: { kind: 'password' },
    retryMs: null,
    own: new Map(),
  }
}

/** @param refuse takes the part of the URL that may be shown, if not all of it may */
function serverUrl(
  text: string,
  dialect: Dialect,
  { defaultPort }: ServerDialect,
  refuse: (why: string, hint: string, shown?: string) => Error,
): DatabaseUrl {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null)
    throw refuse('the URL is malformed', `Percent-encode special characters, as in ${urlExamples()}.`)
  const settings = readSettings(url, text, refuse)
  const decode = (part: string): string => {
    const decoded = decodePercent(part)
    if (decoded === null)
      throw refuse(
        'a percent sign does not begin an encoded character',
        'Write %25 for the percent sign itself.',
      )
    // It ends a text on the wire: the server would read the rest as another field.
    if (decoded.includes('\0')) throw refuse('it has a NUL character', 'Leave %00 out.')
    return decoded
  }
  const socket = settings.get('socket') ?? null
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (host === '' && socket === null) throw refuse('the host is missing', `Write it as in ${urlExamples()}.`)
  const user = decode(url.username)
  const hasPassword = url.password !== '' || settings.has('passwordFile')
  const auth = readAuth(settings, { host, user, hasPassword, socket }, refuse)
  const sslMode = readSslMode(settings, { host, socket, auth }, refuse)
  return {
    dialect,
    user,
    password: url.password === '' ? null : decode(url.password),
    host,
    port: url.port === '' ? defaultPort : Number(url.port),
    socket,
    name: decode(url.pathname.slice(1)),
    sslMode,
    sslRootCert: settings.get('sslrootcert') ?? null,
    passwordFile: settings.get('passwordFile') ?? null,
    auth,
    retryMs: readConnectTimeout(settings.get('connect_timeout') ?? null, refuse),
    own: readOwn(settings, { dialect, sslMode, auth }, refuse),
  }
}

function readSettings(
  { searchParams }: URL,
  text: string,
  refuse: (why: string, hint: string, shown?: string) => Error,
): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  const [beforeQuery] = text.split('?', 1)
  for (const [key, value] of searchParams) {
    if (!PARAMETERS.includes(key)) {
      // Any other text may be half of a password, after a question mark that was not encoded.
      const shownKey = /^\w{1,64}$/.test(key) ? quoted(key) : '(not shown)'
      throw refuse(
        `unknown setting ${shownKey}`,
        `Use one of the settings ${PARAMETERS.join(', ')}.`,
        beforeQuery,
      )
    }
    if (settings.has(key)) throw refuse(`${key} appears twice`, 'Remove one of the two.')
    if (value === '') throw refuse(`${key} is empty`, 'Set it to a value, or remove it.')
    if (PATHS.includes(key)) refuseUnexpanded(key, value, refuse)
    settings.set(key, value)
  }
  return settings
}

/** A path with a variable that no shell has replaced would name a file that does not exist. */
function refuseUnexpanded(what: string, path: string, refuse: Refuse): void {
  const leftover = unexpandedVariable(path)
  if (leftover !== null)
    throw refuse(`${what} has ${quoted(leftover)}, which no shell replaced`, unexpandedHint(leftover))
}

function readSslMode(
  settings: ReadonlyMap<string, string>,
  { host, socket, auth }: { readonly host: string; readonly socket: string | null; readonly auth: Auth },
  refuse: Refuse,
): SslMode {
  const isPrivate = isLocal(host, socket)
  // A tunnel is loopback, too, and a token goes to the server in clear text.
  const otherwise = isPrivate && auth.kind === 'password' ? 'disable' : 'verify-full'
  const mode = settings.get('sslmode') ?? otherwise
  if (mode !== 'disable' && mode !== 'verify-ca' && mode !== 'verify-full')
    throw refuse(
      `sslmode=${quoted(mode)} does not verify the server`,
      'Use sslmode=verify-full, with sslrootcert=FILE if the certificate authority is your own.',
    )
  if (mode === 'disable' && auth.kind === 'iam' && !isPrivate)
    throw refuse('auth=iam with sslmode=disable would send the token without TLS', 'Remove sslmode=disable.')
  return mode
}

/** libpq's word, in its unit. 0 is one attempt. */
function readConnectTimeout(seconds: string | null, refuse: Refuse): number | null {
  if (seconds === null) return null
  if (!/^\d{1,4}$/.test(seconds) || Number(seconds) > MOST_CONNECT_TIMEOUT)
    throw refuse(
      `connect_timeout=${quoted(seconds)} is not a number of seconds`,
      `Write 0 to ${MOST_CONNECT_TIMEOUT}, as in connect_timeout=60.`,
    )
  return Number(seconds) * 1000
}

/** The settings that only the dialect of the URL has. */
function readOwn(
  settings: ReadonlyMap<string, string>,
  url: Pick<DatabaseUrl, 'dialect' | 'sslMode' | 'auth'>,
  refuse: Refuse,
): ReadonlyMap<string, string> {
  const own = new Map<string, string>()
  for (const setting of ownSettings) {
    const { name, dialect, usual } = setting
    const value = settings.get(name)
    if (value === undefined) continue
    if (dialect === url.dialect) {
      setting.check(value, url, refuse)
      own.set(name, value)
    } else if (value !== usual) throw refuse(`${name} works only with ${dialect}`, `Remove ${name}=.`)
  }
  return own
}

/** Null if the text is not UTF-8. */
function decodePercent(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

/** Loopback and sockets never leave the machine; only there TLS is off unless the URL asks for it. */
function isLocal(host: string, socket: string | null): boolean {
  return socket !== null || isLoopbackHost(host)
}
