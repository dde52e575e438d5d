import { isIP } from 'node:net'
import mysql, { type Connection, type ConnectionOptions } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import { type ConnectOptions, connectSettings } from '../connect-options.ts'
import type { Credentials } from '../credentials.ts'
import { type DatabaseUrl, shownHost } from '../database-url.ts'
import { type LoginAttempt, logIn, type Opened, type Patience } from '../log-in.ts'
import { type TlsPolicy, tlsPolicy } from '../tls.ts'
import type { Limits } from '../within.ts'
import { AuthPlugins } from './auth-plugins.ts'
import { loginError } from './errors.ts'
import { wireOf } from './wire.ts'

/**
 * Flags that the driver sends, but the server's own client does not. FOUND_ROWS makes ROW_COUNT() count rows that a
 * statement matched but did not change. IGNORE_SPACE makes every function name a keyword. LOCAL_FILES lets the server
 * ask for files of this machine.
 */
const UNWANTED_FLAGS = ['FOUND_ROWS', 'IGNORE_SPACE', 'LOCAL_FILES', 'ODBC']

/**
 * Logs in, and does the work that prepares the session.
 *
 * @param work if it fails, its connection is destroyed
 * @param limits the limits of both
 * @throws AUTHENTICATION, PERMISSION, TLS, INSECURE, DATABASE_UNREACHABLE, CONFIG; what `work` throws; the signal's
 *   reason
 */
export function connect<T>(
  url: DatabaseUrl,
  credentials: Credentials,
  options: ConnectOptions,
  work: (connection: Connection) => Promise<T>,
  limits: Limits,
  patience: Patience | null = null,
): Promise<T> {
  const opened = (attempt: LoginAttempt) => open(url, attempt, options, work)
  return logIn(credentials, opened, shownHost(url), limits, patience)
}

async function open<T>(
  url: DatabaseUrl,
  attempt: LoginAttempt,
  options: ConnectOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<Opened<T>> {
  const tls = await tlsPolicy(url)
  const plugins = await AuthPlugins.of(url, attempt)
  const connection = mysql.createConnection({
    ...connectionOptions(url, tls, attempt, options),
    authPlugins: plugins.byName,
  })
  // The current operation reports a broken connection. Without a listener, the event would end the process.
  connection.on('error', () => {})
  return {
    async begin() {
      try {
        await login(connection, url, attempt)
      } catch (thrown) {
        throw plugins.refused ?? thrown
      }
      return work(connection)
    },
    destroy: () => void wireOf(connection).stream.destroy(),
  }
}

function login(connection: Connection, url: DatabaseUrl, { identity }: LoginAttempt): Promise<void> {
  return new Promise((resolve, reject) => {
    let isAccepted = false
    wireOf(connection).stream.once('connect', () => {
      isAccepted = true
    })
    const fail = (thrown: unknown): void => reject(loginError(thrown, url, identity.user, isAccepted))
    connection.once('error', fail)
    connection.connect(thrown => {
      if (thrown === null) resolve()
      else fail(thrown)
    })
  })
}

/** @throws TLS if a certificate would have to name an address */
function connectionOptions(
  url: DatabaseUrl,
  tls: TlsPolicy | null,
  { identity: { user, password } }: LoginAttempt,
  options: ConnectOptions,
): ConnectionOptions {
  const { keepAliveMs, connectTimeoutMs } = connectSettings(options)
  if (tls?.verifyHost === true && isIP(url.host) !== 0 && url.socket === null)
    throw new BatchQueryError(
      'TLS',
      `${shownHost(url)}: sslmode=verify-full needs a host name, and this is an address`,
      {
        hint: 'Write the host name of the certificate, or use sslmode=verify-ca.',
      },
    )
  return {
    user,
    ...(password === null ? {} : { password }),
    ...(url.name === '' ? {} : { database: url.name }),
    ...(url.socket === null ? { host: url.host, port: url.port } : { socketPath: url.socket }),
    ...(tls === null
      ? {}
      : {
          ssl: {
            verifyIdentity: tls.verifyHost,
            minVersion: 'TLSv1.2',
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
          },
        }),
    charset: 'utf8mb4',
    connectTimeout: connectTimeoutMs,
    enableKeepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
    flags: UNWANTED_FLAGS.map(flag => `-${flag}`),
    dateStrings: true,
    supportBigNumbers: true,
  }
}
