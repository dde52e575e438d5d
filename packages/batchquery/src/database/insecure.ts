import { BatchQueryError } from '../errors/index.ts'
import { isLoopbackHost } from '../platform/index.ts'
import { isRdsHost } from './rds-host.ts'
import { type DatabaseUrl, shownHost } from './url.ts'

/**
 * Whether a secret may be told in clear text inside the connection: to the server that the URL names, and to nobody
 * else. `verify-ca` knows a server by its authority alone. That is enough where the authority is one's own; those of RDS
 * sign the servers of all customers, and those that Node trusts everybody's.
 */
export const mayTellSecret = ({ socket, sslMode, sslRootCert, host }: DatabaseUrl): boolean =>
  socket !== null ||
  sslMode === 'verify-full' ||
  (sslMode === 'verify-ca' && sslRootCert !== null && !isRdsHost(host))

/**
 * Whether a secret may be encrypted with a public key that the server itself shows: only on this machine, as another
 * server would show a key of its own. A token is not for a tunnel that ends on this machine either.
 */
export const mayTrustServerKey = ({ socket, host, auth }: DatabaseUrl): boolean =>
  socket !== null || (isLoopbackHost(host) && auth.kind !== 'iam')

/** A server that asks for the secret itself on a connection that others may read, or where it may be another server. */
export function insecure(url: DatabaseUrl): BatchQueryError {
  const ownAuthority =
    url.sslMode === 'verify-ca' && !isRdsHost(url.host)
      ? ', or name the authority that signs your servers alone (sslrootcert=FILE)'
      : ''
  const byProof =
    url.dialect === 'postgres' ? ', or let the server ask for a proof of the password (scram-sha-256)' : ''
  return new BatchQueryError(
    'INSECURE',
    `${shownHost(url)} asks for the password in clear text, and sslmode=${url.sslMode} does not make sure that it is the server of the URL`,
    { hint: `Write sslmode=verify-full into the URL${ownAuthority}${byProof}.` },
  )
}

/** A server without TLS that wants the secret encrypted with its own key. */
export const insecureKey = (url: DatabaseUrl): BatchQueryError =>
  new BatchQueryError(
    'INSECURE',
    `${shownHost(url)} asks for the password, encrypted with a key that it shows itself, and sslmode=${url.sslMode} does not make sure that it is the server of the URL`,
    {
      hint: `Write sslmode=verify-full into the URL${url.auth.kind === 'iam' ? '' : ", or name a copy of the server's public key (server-public-key-path=FILE)"}.`,
    },
  )
