import type { DatabaseDialect } from '../../database/dialect.ts'
import type { FormatPlan } from '../../format/index.ts'

const MB = 1_000_000

/**
 * MB per second and vCPU, by the kind of the encoder. Rows: docs/benchmarks.md, an export to S3 with a quarter of a core. Columns:
 * docs/benchmarks-parquet.md, 1.4 to 1.6 s of CPU time for 100 MB.
 */
const MB_PER_VCPU = { rows: 109, columns: 65 }

/** How long an export takes, as far as the measured speed of batchquery says it. The database may be slower. */
export interface Speed {
  /** If one vCPU did it that has nothing else to do. */
  readonly vcpuSeconds: number
  /** However many vCPUs there are, because a session is no faster. */
  readonly leastSeconds: number
  /** If one session read all rows. */
  readonly secondsOfSession: number
}

/** @param bytes null if they are unknown */
export function speedOf(
  bytes: number | null,
  dialect: DatabaseDialect,
  { rowGroupBytes }: Pick<FormatPlan, 'rowGroupBytes'>,
  readers: number,
): Speed | null {
  if (bytes === null) return null
  // An embedded database uses all cores for one statement.
  const secondsOfSession = dialect.kind === 'server' ? bytes / dialect.oneSession.speed : 0
  return {
    vcpuSeconds: bytes / MB / MB_PER_VCPU[rowGroupBytes === null ? 'rows' : 'columns'],
    leastSeconds: secondsOfSession / readers,
    secondsOfSession,
  }
}
