import { BatchQueryError } from '../errors/index.ts'
import { isLoopbackHost } from '../platform/index.ts'
import { type DatabaseUrl, shownHost } from './database-url.ts'
import { isRdsHost } from './rds-host.ts'

/**
 * Whether the connection may carry a secret in clear text: only to the server that the URL names. `verify-ca` checks nothing but the
 * authority. That is enough if the authority is your own; those of RDS sign the servers of all customers, and those that Node trusts sign
 * all servers.
 */
export const mayTellSecret = ({ socket, sslMode, sslRootCert, host }: DatabaseUrl): boolean =>
  socket !== null ||
  sslMode === 'verify-full' ||
  (sslMode === 'verify-ca' && sslRootCert !== null && !isRdsHost(host))

/**
 * Whether a secret may be encrypted with a public key that the server itself shows: only on this machine, because another server would show
 * a key of its own. A token must not go into a tunnel that ends on this machine either.
 */
export const mayTrustServerKey = ({ socket, host, auth }: DatabaseUrl): boolean =>
  socket !== null || (isLoopbackHost(host) && auth.kind !== 'iam')

/**
 * The server asks for the secret itself, on a connection that others may read or that may lead to another server.
 *
 * @param byProof what else the server can do: `, or let the server ...`
 */
export function insecure(url: DatabaseUrl, byProof = ''): BatchQueryError {
  const ownAuthority =
    url.sslMode === 'verify-ca' && !isRdsHost(url.host)
      ? ', or name the authority that signs only your servers (sslrootcert=FILE)'
      : ''
  return new BatchQueryError(
    'INSECURE',
    `${shownHost(url)} asks for the password in clear text, and sslmode=${url.sslMode} does not prove that it is the server in the URL`,
    { hint: `Write sslmode=verify-full into the URL${ownAuthority}${byProof}.` },
  )
}

/** The server has no TLS and asks for the secret, encrypted with its own key. */
export const insecureKey = (url: DatabaseUrl): BatchQueryError =>
  new BatchQueryError(
    'INSECURE',
    `${shownHost(url)} asks for the password, encrypted with a key that it shows itself, and sslmode=${url.sslMode} does not prove that it is the server in the URL`,
    {
      hint: `Write sslmode=verify-full into the URL${url.auth.kind === 'iam' ? '' : ", or name a copy of the server's public key (server-public-key-path=FILE)"}.`,
    },
  )
