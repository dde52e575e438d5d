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
 * The TLS policy of a URL, null for `sslmode=disable`. A host of RDS is known by the authorities of RDS, and by those of
 * `sslrootcert` where it is given.
 *
 * @throws CONFIG where the file of `sslrootcert` cannot be read or holds no certificate
 */
export async function tlsPolicy(url: DatabaseUrl): Promise<TlsPolicy | null> {
  if (url.sslMode === 'disable') return null
  const authorities = [
    ...(isRdsHost(url.host) ? await rdsAuthorities() : []),
    ...(url.sslRootCert === null ? [] : [await readRootCert(url.sslRootCert)]),
  ]
  return {
    ca: authorities.length === 0 ? undefined : authorities.join('\n'),
    verifyHost: url.sslMode === 'verify-full',
  }
}

async function readRootCert(path: string): Promise<string> {
  const ca = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new BatchQueryError('CONFIG', `sslrootcert ${JSON.stringify(path)} cannot be read`, {
      cause,
      hint: 'Name the PEM file of the certificate authority that signed the server.',
    })
  })
  if (ca.includes('-----BEGIN CERTIFICATE-----')) return ca
  throw new BatchQueryError('CONFIG', `sslrootcert ${JSON.stringify(path)} holds no certificate`, {
    hint: 'The file must be in PEM form and begin with -----BEGIN CERTIFICATE-----.',
  })
}
