/** Where a host name of RDS lies; null for any other name. Clusters, instances, readers, custom endpoints and proxies. */
export function rdsRegion(host: string): string | null {
  const name = host.toLowerCase()
  // China has its region behind the service: name.id.rds.cn-north-1.amazonaws.com.cn
  const [, before, behind] =
    /\.(?:([a-z]{2}(?:-[a-z]+)+-\d)\.rds\.amazonaws\.com|rds\.(cn-[a-z]+-\d)\.amazonaws\.com\.cn)$/.exec(
      name,
    ) ?? []
  return before ?? behind ?? null
}

export const isRdsHost = (host: string): boolean => rdsRegion(host) !== null
