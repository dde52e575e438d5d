import type { StackCluster } from '../../config/index.ts'

/**
 * When standard support of an Aurora version ends. After that AWS upgrades the cluster or charges more for it. The
 * longest matching name counts. A minor version without long-term support has at least a year from its release.
 *
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraMySQLReleaseNotes/AuroraMySQL.release-calendars.html
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraPostgreSQLReleaseNotes/aurorapostgresql-release-calendar.html
 */
const ENDS: ReadonlyMap<string, string> = new Map([
  ['aurora-mysql 3', '2028-04-30'],
  ['aurora-postgres 13', '2026-02-28'],
  ['aurora-postgres 14', '2027-02-28'],
  ['aurora-postgres 15', '2028-02-29'],
  ['aurora-postgres 16', '2029-02-28'],
  ['aurora-postgres 17', '2030-02-28'],
  // The default of batchquery-cdk.
  ['aurora-postgres 17.5', '2026-08-31'],
])

/** How early the doctor warns. */
const WARNED_MS = 180 * 24 * 60 * 60 * 1000

/**
 * A sentence for a version whose support ends soon or has ended. Null for any other version, also for an unknown one.
 */
export function retirement(
  database: string,
  { engine, engineVersion }: Pick<StackCluster, 'engine' | 'engineVersion'>,
  now: Date,
): string | null {
  const parts = engineVersion.split('.')
  const names = parts.map((_, at) => `${engine} ${parts.slice(0, parts.length - at).join('.')}`)
  const end = names.map(name => ENDS.get(name)).find(found => found !== undefined)
  if (end === undefined || Date.parse(end) - now.getTime() > WARNED_MS) return null
  const tense = Date.parse(end) < now.getTime() ? 'may have ended' : 'ends'
  return (
    `The standard support of ${engine} ${engineVersion} (database ${database}) ${tense} on ${end}. ` +
    'Set engineVersion in batchquery.yaml to a newer version, and deploy.'
  )
}
