import { X509Certificate } from 'node:crypto'
import type { DatabaseUrl } from '../../database/database-url.ts'
import { tlsPolicy } from '../../database/tls.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { Finding } from '../check.ts'

const DAY_MS = 24 * 3_600_000
/** Enough time to renew a certificate. */
const FEW_DAYS = 30

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The authorities of which one must have signed the server, and how long they last.
 *
 * @throws CONFIG if the file of sslrootcert cannot be read or used, or if all its certificates have expired
 */
export async function readAuthorities(url: DatabaseUrl): Promise<Finding> {
  const policy = await tlsPolicy(url)
  if (policy === null) return { skipped: 'the URL does not use TLS (sslmode=disable)' }
  if (policy.ca === undefined) return { figure: "Node's own list of authorities" }
  const authorities = parse(policy.ca)
  const lasting = authorities.filter(certificate => remainingDays(certificate) >= 0)
  const [first] = lasting.toSorted((one, other) => endOf(one) - endOf(other))
  if (first === undefined)
    throw new BatchQueryError('CONFIG', `all certificates of sslrootcert have expired`, {
      hint: 'Get the current certificates of the authority that signed the certificate of the server, and name their file.',
    })
  const count = `${authorities.length} certificate${authorities.length === 1 ? '' : 's'}`
  const gone = authorities.length - lasting.length
  return {
    figure: `${count}${gone === 0 ? '' : `, ${gone} of them expired`}; the next to expire: ${nameOf(first)}, ${remaining(first)}`,
    warnings: lasting.flatMap(
      certificate => expiryWarning('the authority', certificate, 'get its successor before then') ?? [],
    ),
  }
}

function parse(pem: string): X509Certificate[] {
  try {
    return (pem.match(CERTIFICATE) ?? []).map(text => new X509Certificate(text))
  } catch (cause) {
    throw new BatchQueryError('CONFIG', 'cannot read a certificate of sslrootcert', {
      cause,
      hint: 'Name the PEM file of the certificate authority that signed the certificate of the server.',
    })
  }
}

/** Null if the certificate lasts for 30 days. */
export function expiryWarning(whose: string, certificate: X509Certificate, repair: string): string | null {
  if (remainingDays(certificate) >= FEW_DAYS) return null
  return `${whose} ${nameOf(certificate)} expires in ${counted(remainingDays(certificate))}; ${repair}`
}

/** `90 days left (until 2026-11-25)` */
export const remaining = (certificate: X509Certificate): string =>
  `${counted(remainingDays(certificate))} left (until ${new Date(certificate.validTo).toISOString().slice(0, 10)})`

/** The common name, or another part of the subject if there is none. */
export const nameOf = ({ subject }: X509Certificate): string =>
  subject
    ?.split('\n')
    .toSorted((one, other) => Number(other.startsWith('CN=')) - Number(one.startsWith('CN=')))
    .at(0) ?? 'a certificate without a name'

const endOf = ({ validTo }: X509Certificate): number => Date.parse(validTo)

/** Whole days; negative if it has expired. */
const remainingDays = (certificate: X509Certificate): number =>
  Math.floor((endOf(certificate) - Date.now()) / DAY_MS)

const counted = (days: number): string => `${days.toLocaleString('en-US')} day${days === 1 ? '' : 's'}`
