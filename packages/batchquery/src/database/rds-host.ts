const REGION = '[a-z]{2}(?:-[a-z]+)+-\\d'

/** China has its region on either side of the service: name.id.rds.cn-north-1.amazonaws.com.cn is the older form. */
const RDS_HOST = new RegExp(
  `\\.(?:(${REGION})\\.rds\\.amazonaws\\.com(?:\\.cn)?|rds\\.(${REGION})\\.amazonaws\\.com\\.cn)\\.?$`,
  'i',
)

/** The writer of a global database, which moves from region to region. */
const GLOBAL_HOST = /\.global\.rds\.amazonaws\.com\.?$/i

/** The region of a host name of RDS: of a cluster, an instance, a reader, a custom endpoint or a proxy. Null for any other name. */
export function rdsRegion(host: string): string | null {
  const [, before, behind] = RDS_HOST.exec(host) ?? []
  return (before ?? behind ?? null)?.toLowerCase() ?? null
}

/** Whether the name is one of RDS, with or without a region in it. */
export const isRdsHost = (host: string): boolean => RDS_HOST.test(host) || GLOBAL_HOST.test(host)

export const isRegion = (text: string): boolean => new RegExp(`^${REGION}$`).test(text)
