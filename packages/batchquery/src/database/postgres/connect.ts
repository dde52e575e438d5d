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

const BY_PROOF = ', or set the method of the user on the server to scram-sha-256'

/** The login and its limits. */
export interface Login extends ConnectOptions {
  readonly url: DatabaseUrl
  readonly credentials: Credentials
  /** The name under which the server lists the session. */
  readonly applicationName: string
}

/**
 * Logs in, and does the work that prepares the session.
 *
 * @param work if it fails, its connection is destroyed
 * @param limits the limits of both
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
  // A function, called when the server asks. Without it the driver would read ~/.pgpass.
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
  // The current statement, or the next one, reports a broken connection.
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
    // Always set, because the driver would read the environment otherwise.
    sslnegotiation: isDirect(url) ? 'direct' : 'postgres',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
  }
}

function noPassword(): BatchQueryError {
  return new BatchQueryError('AUTHENTICATION', 'the server asks for a password, but batchquery has none', {
    hint: 'Set PGPASSWORD, or add passwordFile= to the URL.',
  })
}
