import { isIP } from 'node:net'
import mysql, { type Connection, type ConnectionOptions } from 'mysql2'
import { BatchQueryError } from '../../errors/index.ts'
import { type ConnectOptions, connectSettings } from '../connect-options.ts'
import type { Credentials } from '../credentials.ts'
import { tlsPolicy } from '../tls.ts'
import { type DatabaseUrl, shownHost } from '../url.ts'
import { type Limits, within } from '../within.ts'
import { loginError } from './errors.ts'
import { wireOf } from './wire.ts'

/**
 * Logs in, and does what has to be done before the session can be used.
 *
 * @param work its connection is destroyed where it fails
 * @param limits what gives both up
 * @throws AUTHENTICATION, PERMISSION, TLS, DATABASE_UNREACHABLE, CONFIG; what `work` throws; the signal's reason
 */
export async function connect<T>(
  url: DatabaseUrl,
  credentials: Credentials,
  options: ConnectOptions,
  work: (connection: Connection) => Promise<T>,
  limits: Limits,
): Promise<T> {
  const connection = mysql.createConnection(await connectionOptions(url, credentials, options))
  // a broken connection is told by what is being done with it; to emit it as an event, too, would end the process
  connection.on('error', () => {})
  const destroy = (): void => void wireOf(connection).stream.destroy()
  const begin = async (): Promise<T> => {
    await login(connection, url)
    try {
      return await work(connection)
    } catch (error) {
      destroy()
      throw error
    }
  }
  return within(limits, shownHost(url), begin, destroy)
}

function login(connection: Connection, url: DatabaseUrl): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.once('error', thrown => reject(loginError(thrown, shownHost(url), url.user)))
    connection.connect(thrown => {
      if (thrown === null) resolve()
      else reject(loginError(thrown, shownHost(url), url.user))
    })
  })
}

async function connectionOptions(
  url: DatabaseUrl,
  credentials: Credentials,
  options: ConnectOptions,
): Promise<ConnectionOptions> {
  const { keepAliveMs, connectTimeoutMs } = connectSettings(options)
  const tls = await tlsPolicy(url)
  const password = await credentials()
  if (tls?.verifyHost === true && isIP(url.host) !== 0 && url.socket === null)
    throw new BatchQueryError(
      'TLS',
      `${shownHost(url)}: a certificate cannot be checked against an address`,
      {
        hint: 'Write the host name that stands in the certificate, or sslmode=verify-ca.',
      },
    )
  return {
    user: url.user,
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
    flags: ['-LOCAL_FILES'],
    dateStrings: true,
    supportBigNumbers: true,
  }
}
