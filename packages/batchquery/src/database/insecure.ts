import { BatchQueryError } from '../errors/index.ts'
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

/** A server that asks for the secret itself on a connection that others may read, or where it may be another server. */
export const insecure = (url: DatabaseUrl): BatchQueryError =>
  new BatchQueryError(
    'INSECURE',
    `${shownHost(url)} asks for the password in clear text, and sslmode=${url.sslMode} does not make sure that it is the server of the URL`,
    {
      hint: 'Write sslmode=verify-full into the URL, or let the server ask for a proof of the password (caching_sha2_password, scram-sha-256).',
    },
  )
