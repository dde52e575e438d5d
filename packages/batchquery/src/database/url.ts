import { BatchQueryError } from '../errors/index.ts'
import { isLoopbackHost, quoted, redactUrl, unexpandedHint, unexpandedVariable } from '../platform/index.ts'
import { type Auth, type Refuse, readAuth } from './auth.ts'
import type { Dialect } from './database.ts'

/**
 * libpq's words: https://www.postgresql.org/docs/current/libpq-ssl.html. The modes that encrypt without checking
 * the server (`allow`, `prefer`, `require`) are refused: they promise more than they give.
 */
export type SslMode = 'disable' | 'verify-ca' | 'verify-full'

/** How TLS begins: after a question in PostgreSQL's protocol, or at once, which PostgreSQL 17 takes. Libpq's words, too. */
export type SslNegotiation = 'postgres' | 'direct'

/** A database URL, read. The password, where the URL had one, is apart from everything that may be shown. */
export interface DatabaseUrl {
  readonly dialect: Dialect
  readonly user: string
  readonly password: string | null
  /** Empty for duckdb. */
  readonly host: string
  readonly port: number
  /** A socket's path, instead of host and port. */
  readonly socket: string | null
  /** The schema or database; for duckdb the path of the file. */
  readonly name: string
  readonly sslMode: SslMode
  readonly sslNegotiation: SslNegotiation
  /** Path of a PEM file; null means the certificate authorities that Node trusts. */
  readonly sslRootCert: string | null
  /** Path of a PEM file: the public key by which a MySQL server without TLS gets the password. */
  readonly serverPublicKeyPath: string | null
  /** Path of a file whose first line is the password. */
  readonly passwordFile: string | null
  readonly auth: Auth
  /** How long a login is tried again while the server cannot be reached. Milliseconds; null for the default. */
  readonly retryMs: number | null
}

const SCHEMES: Readonly<Record<string, Dialect>> = {
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'duckdb:': 'duckdb',
}
const DEFAULT_PORT: Readonly<Record<Dialect, number>> = { mysql: 3306, postgres: 5432, duckdb: 0 }
const PARAMETERS = [
  ...['sslmode', 'sslrootcert', 'sslnegotiation', 'server-public-key-path', 'passwordFile', 'socket'],
  ...['auth', 'region', 'secret', 'connect_timeout'],
]
/** Those that name files. */
const PATHS = ['sslrootcert', 'server-public-key-path', 'passwordFile', 'socket']
/** Of a login, in seconds. */
const MOST_CONNECT_TIMEOUT = 3600
const EXAMPLES = 'mysql://user@host:3306/db, postgres://user@host/db or duckdb:path'

/**
 * Reads a database URL such as `mysql://user@host:3306/db?sslmode=verify-full&sslrootcert=ca.pem`.
 *
 * @throws CONFIG with the value met, its password masked
 */
export function parseDatabaseUrl(text: string): DatabaseUrl {
  const refuse = (why: string, hint: string, shown = text) =>
    new BatchQueryError('CONFIG', `database ${quoted(redactUrl(shown))}: ${why}`, { hint })
  const scheme = /^[a-z]+:/i.exec(text)?.[0].toLowerCase() ?? ''
  const dialect = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined
  if (dialect === undefined) throw refuse('this is no database URL', `Write one of ${EXAMPLES}.`)
  if (dialect === 'duckdb') {
    const path = duckdbPath(text.slice(scheme.length))
    if (path === '' || path.includes('\0')) throw refuse('there is no path', `Write it as in ${EXAMPLES}.`)
    refuseUnexpanded('the path', path, refuse)
    return duckdbUrl(path)
  }
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null)
    throw refuse('the URL cannot be read', `Percent-encode special characters, as in ${EXAMPLES}.`)
  const settings = new Map<string, string>()
  const [beforeQuery] = text.split('?', 1)
  for (const [key, value] of url.searchParams) {
    if (!PARAMETERS.includes(key)) {
      // Any other text may be half of a password, behind a question mark that was not encoded.
      const shownKey = /^\w{1,64}$/.test(key) ? quoted(key) : 'that is no word'
      throw refuse(`unknown setting ${shownKey}`, `The settings are ${PARAMETERS.join(', ')}.`, beforeQuery)
    }
    if (settings.has(key)) throw refuse(`${key} is given twice`, 'Leave one of the two out.')
    if (value === '') throw refuse(`${key} is empty`, 'Give it a value, or leave it out.')
    if (PATHS.includes(key)) refuseUnexpanded(key, value, refuse)
    settings.set(key, value)
  }
  const decode = (part: string): string => {
    const decoded = decodePercent(part)
    if (decoded === null)
      throw refuse('a percent sign stands for no character', 'Write %25 for the percent sign itself.')
    // It ends a text on the wire: what follows would be read as something else.
    if (decoded.includes('\0')) throw refuse('it holds a NUL character', 'Leave %00 out.')
    return decoded
  }

  const socket = settings.get('socket') ?? null
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (host === '' && socket === null) throw refuse('there is no host', `Write it as in ${EXAMPLES}.`)
  const user = decode(url.username)
  const hasPassword = url.password !== '' || settings.has('passwordFile')
  const auth = readAuth(settings, { host, user, hasPassword, socket }, refuse)
  const sslMode = readSslMode(settings, { host, socket, auth }, refuse)
  return {
    dialect,
    user,
    password: url.password === '' ? null : decode(url.password),
    host,
    port: url.port === '' ? DEFAULT_PORT[dialect] : Number(url.port),
    socket,
    name: decode(url.pathname.slice(1)),
    sslMode,
    sslNegotiation: readSslNegotiation(settings, { dialect, sslMode }, refuse),
    sslRootCert: settings.get('sslrootcert') ?? null,
    serverPublicKeyPath: readKeyPath(settings, { dialect, sslMode, auth }, refuse),
    passwordFile: settings.get('passwordFile') ?? null,
    auth,
    retryMs: readConnectTimeout(settings.get('connect_timeout') ?? null, refuse),
  }
}

/** A path that no shell has looked into would name a file that nobody has. */
function refuseUnexpanded(what: string, path: string, refuse: Refuse): void {
  const leftover = unexpandedVariable(path)
  if (leftover !== null)
    throw refuse(`${what} has ${quoted(leftover)}, which was not replaced`, unexpandedHint(leftover))
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
      'Use sslmode=verify-full, with sslrootcert=FILE where the certificate authority is your own.',
    )
  if (mode === 'disable' && auth.kind === 'iam' && !isPrivate)
    throw refuse('auth=iam would send its token without TLS', 'Leave sslmode=disable out.')
  return mode
}

/** libpq's word, in its unit. 0 is one attempt. */
function readConnectTimeout(seconds: string | null, refuse: Refuse): number | null {
  if (seconds === null) return null
  if (!/^\d{1,4}$/.test(seconds) || Number(seconds) > MOST_CONNECT_TIMEOUT)
    throw refuse(
      `connect_timeout=${quoted(seconds)} is no number of seconds`,
      `Write 0 to ${MOST_CONNECT_TIMEOUT}, as in connect_timeout=60.`,
    )
  return Number(seconds) * 1000
}

function readSslNegotiation(
  settings: ReadonlyMap<string, string>,
  { dialect, sslMode }: Pick<DatabaseUrl, 'dialect' | 'sslMode'>,
  refuse: Refuse,
): SslNegotiation {
  const word = settings.get('sslnegotiation') ?? 'postgres'
  if (word !== 'postgres' && word !== 'direct')
    throw refuse(`sslnegotiation=${quoted(word)} is not known`, 'Write direct or postgres.')
  if (word === 'direct' && dialect !== 'postgres')
    throw refuse('sslnegotiation goes with postgres', 'Leave sslnegotiation= out.')
  if (word === 'direct' && sslMode === 'disable')
    throw refuse('sslnegotiation=direct goes with TLS', 'Add sslmode=verify-full, or leave it out.')
  return word
}

/** Under its name in MySQL's own client. */
function readKeyPath(
  settings: ReadonlyMap<string, string>,
  { dialect, sslMode, auth }: Pick<DatabaseUrl, 'dialect' | 'sslMode' | 'auth'>,
  refuse: Refuse,
): string | null {
  const path = settings.get('server-public-key-path') ?? null
  if (path === null) return null
  const leaveOut = 'Leave server-public-key-path= out.'
  if (dialect !== 'mysql') throw refuse('server-public-key-path goes with mysql', leaveOut)
  if (sslMode !== 'disable')
    throw refuse(`server-public-key-path is of no use with sslmode=${sslMode}`, leaveOut)
  if (auth.kind === 'iam') throw refuse('server-public-key-path is of no use with auth=iam', leaveOut)
  return path
}

/** Where a URL's server is, for people: `host:port` or the socket's path. */
export function shownHost(url: DatabaseUrl): string {
  if (url.socket !== null) return url.socket
  return url.host.includes(':') ? `[${url.host}]:${url.port}` : `${url.host}:${url.port}`
}

/** Null where it is no text in UTF-8. */
function decodePercent(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

/** `duckdb:path`, and `duckdb://path` too. */
const duckdbPath = (rest: string): string => rest.replace(/^\/\/(?=\/|[^/])/, '')

function duckdbUrl(name: string): DatabaseUrl {
  return {
    dialect: 'duckdb',
    user: '',
    password: null,
    host: '',
    port: 0,
    socket: null,
    name,
    sslMode: 'disable',
    sslNegotiation: 'postgres',
    sslRootCert: null,
    serverPublicKeyPath: null,
    passwordFile: null,
    auth: { kind: 'password' },
    retryMs: null,
  }
}

/** Loopback and sockets never leave the machine; only there may TLS be left out without a word. */
function isLocal(host: string, socket: string | null): boolean {
  return socket !== null || isLoopbackHost(host)
}
