import { readFile } from 'node:fs/promises'
import { BatchQueryError } from '../errors/index.ts'
import { rdsAuthorities } from './rds-authorities.ts'
import { isRdsHost } from './rds-host.ts'
import type { DatabaseUrl } from './url.ts'

/** How the server's certificate is checked, in the words of Node's `tls`. */
export interface TlsPolicy {
  /** PEM certificates that are trusted instead of Node's own list; undefined leaves that list. */
  readonly ca: string | undefined
  /** Check that the certificate names the host (verify-full). */
  readonly verifyHost: boolean
}

/**
 * The TLS policy of a URL, null for `sslmode=disable`.
 *
 * @throws CONFIG where the file of `sslrootcert` cannot be read or holds no certificate
 */
export async function tlsPolicy(url: DatabaseUrl): Promise<TlsPolicy | null> {
  if (url.sslMode === 'disable') return null
  const verifyHost = url.sslMode === 'verify-full'
  if (url.sslRootCert === null)
    return { ca: isRdsHost(url.host) ? await rdsAuthorities() : undefined, verifyHost }
  const ca = await readFile(url.sslRootCert, 'utf8').catch((cause: unknown) => {
    throw new BatchQueryError('CONFIG', `sslrootcert ${JSON.stringify(url.sslRootCert)} cannot be read`, {
      cause,
      hint: 'Name the PEM file of the certificate authority that signed the server.',
    })
  })
  if (!ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new BatchQueryError(
      'CONFIG',
      `sslrootcert ${JSON.stringify(url.sslRootCert)} holds no certificate`,
      {
        hint: 'The file must be in PEM form and begin with -----BEGIN CERTIFICATE-----.',
      },
    )
  return { ca, verifyHost }
}
