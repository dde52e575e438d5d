import { BatchQueryError } from '../errors/index.ts'
import { type DatabaseUrl, shownHost } from './url.ts'

/** A server that asks for the secret itself on a connection that others may read. */
export const insecure = (url: DatabaseUrl): BatchQueryError =>
  new BatchQueryError('INSECURE', `${shownHost(url)} asks for the password in clear text, without TLS`, {
    hint: 'Add sslmode=verify-full to the URL, or let the server ask for a proof of the password (caching_sha2_password, scram-sha-256).',
  })
