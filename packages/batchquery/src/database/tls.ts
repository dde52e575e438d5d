import { readFile } from 'node:fs/promises'
import { BatchQueryError } from '../errors/index.ts'
import { isMarkedText, MARKED } from '../platform/index.ts'
import type { DatabaseUrl } from './database-url.ts'
import { certificateExpiries, rdsAuthorities } from './rds-authorities.ts'
import { isRdsHost } from './rds-host.ts'

/** How the server's certificate is checked, in the words of Node's `tls`. */
export interface TlsPolicy {
  /** PEM certificates that are trusted instead of Node's own list; undefined leaves that list. */
  readonly ca: string | undefined
  /** Check that the certificate names the host (verify-full). */
  readonly verifyHost: boolean
}

/**
 * The TLS policy of a URL; null for `sslmode=disable`. For a host of RDS it trusts the authorities of RDS, and those of `sslrootcert` if the
 * URL has it.
 *
 * @throws CONFIG if the file of `sslrootcert` cannot be read, or contains no certificates
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
    throw new BatchQueryError('CONFIG', `cannot read sslrootcert ${JSON.stringify(path)}`, {
      cause,
      hint: 'Name the PEM file of the certificate authority that signed the certificate of the server.',
    })
  })
  const fault = faultOf(ca)
  if (fault === null) return ca
  throw new BatchQueryError('CONFIG', `sslrootcert ${JSON.stringify(path)} ${fault}`, {
    hint: 'Name a file in PEM form, which begins with -----BEGIN CERTIFICATE-----.',
  })
}

/** OpenSSL silently ignores certificates that it cannot read: the first one after a byte order mark, and one that is cut off. */
function faultOf(ca: string): string | null {
  if (ca === '') return 'is empty'
  // UTF-16 begins with bytes that are not UTF-8, and half of it is NUL.
  if (ca.includes('\0')) return 'is not text in UTF-8'
  if (isMarkedText(ca)) return MARKED
  const begun = ca.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0
  if (begun === 0) return 'contains no certificate'
  return readableIn(ca) === begun
    ? null
    : `contains ${begun} certificates, and at least one of them is not readable`
}

function readableIn(ca: string): number | null {
  try {
    return certificateExpiries([ca]).length
  } catch {
    return null
  }
}
