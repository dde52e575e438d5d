import { Client, type ClientConfig } from 'pg'
import { BatchQueryError } from '../../errors/index.ts'
import { type ConnectOptions, connectSettings } from '../connect-options.ts'
import type { Credentials } from '../credentials.ts'
import { type DatabaseUrl, shownHost } from '../database-url.ts'
import { insecure, mayTellSecret } from '../insecure.ts'
import { type LoginAttempt, logIn, type Opened, type Patience } from '../log-in.ts'
import { type TlsPolicy, tlsPolicy } from '../tls.ts'
import type { Limits } from '../within.ts'
import { loginError, statementError } from './errors.ts'
import { isDirect } from './ssl-negotiation.ts'

const BY_PROOF = ', or let the server ask for a proof of the password (scram-sha-256)'

/** Who logs in, and how patiently. */
export interface Login extends ConnectOptions {
  readonly url: DatabaseUrl
  readonly credentials: Credentials
  /** Under which the server lists the session. */
  readonly applicationName: string
}

/**
 * Logs in, and does what has to be done before the session can be used.
 *
 * @param work its connection is destroyed where it fails
 * @param limits what gives both up
 * @throws AUTHENTICATION, PERMISSION, TLS, INSECURE, DATABASE_UNREACHABLE, CONFIG; what `work` throws; the signal's
 *   reason
 */
export function connect<T>(
  login: Login,
  work: (client: Client) => Promise<T>,
  limits: Limits,
  patience: Patience | null = null,
): Promise<T> {
  const { url, credentials } = login
  return logIn(credentials, attempt => open(login, attempt, work), shownHost(url), limits, patience)
}

async function open<T>(
  login: Login,
  attempt: LoginAttempt,
  work: (client: Client) => Promise<T>,
): Promise<Opened<T>> {
  const client = newClient(login, attempt, await tlsPolicy(login.url))
  return {
    async begin() {
      let isAccepted = false
      client.connection.stream.once('connect', () => {
        isAccepted = true
      })
      try {
        await client.connect()
      } catch (thrown) {
        throw loginError(thrown, login.url, attempt.identity.user, isAccepted)
      }
      try {
        return await work(client)
      } catch (thrown) {
        throw statementError(thrown)
      }
    },
    destroy: () => void client.connection.stream.destroy(),
  }
}

function newClient(
  { url, applicationName, ...options }: Login,
  { identity, clearTextAsked }: LoginAttempt,
  tls: TlsPolicy | null,
): Client {
  let wantsClearText = false
  // a function, called where the server asks: without one the driver would look into ~/.pgpass
  const password = async (): Promise<string> => {
    if (identity.password === null) throw noPassword()
    if (wantsClearText && !mayTellSecret(url)) throw insecure(url, BY_PROOF)
    return identity.password
  }
  const client = new Client({
    ...clientConfig(url, tls, options),
    user: identity.user,
    password,
    application_name: applicationName,
  })
  client.connection.on('authenticationCleartextPassword', () => {
    wantsClearText = true
    clearTextAsked()
  })
  // a broken connection is told by the statement that runs on it, or by the next one
  client.on('error', () => {})
  return client
}

function clientConfig(url: DatabaseUrl, tls: TlsPolicy | null, options: ConnectOptions): ClientConfig {
  const { keepAliveMs, connectTimeoutMs } = connectSettings(options)
  return {
    ...(url.name === '' ? {} : { database: url.name }),
    host: url.socket ?? url.host,
    port: url.port,
    ssl: tls !== null && {
      minVersion: 'TLSv1.2',
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.verifyHost ? {} : { checkServerIdentity: () => undefined }),
    },
    // Always given: the driver would look into the environment.
    sslnegotiation: isDirect(url) ? 'direct' : 'postgres',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
  }
}

function noPassword(): BatchQueryError {
  return new BatchQueryError('AUTHENTICATION', 'the server asks for a password, and there is none', {
    hint: 'Set PGPASSWORD, or passwordFile= in the URL.',
  })
}
