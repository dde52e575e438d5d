import type { FormatPlan } from '../../format/index.ts'
import type { ExportStatement } from '../../sql/index.ts'
import type { NativeExport } from '../native-export.ts'

/** Only Aurora MySQL writes to S3. Its names are those of a streamed export. */
export const AURORA_EXPORT: NativeExport = {
  names: null,
  isUsual: ({ kind }) => kind === 'aurora-mysql',
  obstacle: (statement, format, { kind, version }) =>
    kind === 'aurora-mysql'
      ? auroraObstacle(statement, format, version)
      : `${kind} cannot write to S3 itself`,
  load: async () => (await import('./aurora-export.ts')).AURORA_WRITER,
}

/** Clauses that Aurora's own statement lacks, or that mean something else than in a streamed export. */
function auroraObstacle(
  { header, encryption }: ExportStatement,
  { name, delimited }: FormatPlan,
  version: string,
): string | null {
  if (delimited === null) return `the server has no FORMAT ${name}`
  if (delimited.escaping === 'doubling')
    return `FORMAT ${name} writes NULL in a way that Aurora does not guarantee`
  if (header) return 'Aurora does not guarantee HEADER in every part'
  if (encryption?.kind.startsWith('SSE') && !isSince(version, 3, 5))
    return `ENCRYPTION ${encryption.kind} needs Aurora MySQL 3.05`
  return null
}

/** @param version such as `3.05.2` */
function isSince(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number)
  return a > major || (a === major && b >= minor)
}
