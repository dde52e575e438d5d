import type { FormatPlan } from '../../format/index.ts'
import type { Dialect } from '../../sql/index.ts'

const MB = 1_000_000

/**
 * MB per second and vCPU, by the kind of the encoder. Rows: docs/benchmarks.md, an export to S3 with a quarter of a core. Columns:
 * docs/benchmarks-parquet.md, 1.4 to 1.6 s of CPU time for 100 MB.
 */
const MB_PER_VCPU = { rows: 109, columns: 65 }
/** MB per second of one session: docs/benchmarks.md. DuckDB uses all cores for one statement. */
const MB_PER_SESSION: Readonly<Record<Dialect, number>> = {
  mysql: 73,
  postgres: 110,
  duckdb: Number.POSITIVE_INFINITY,
}

/** How long an export takes, as far as the measured speed of batchquery says it. The database may be slower. */
export interface Speed {
  /** Of one vCPU that has nothing else to do. */
  readonly vcpuSeconds: number
  /** However many vCPUs there are, because a session is no faster. */
  readonly leastSeconds: number
  /** If one session read all rows. */
  readonly secondsOfSession: number
}

/** @param bytes null if they are unknown */
export function speedOf(
  bytes: number | null,
  dialect: Dialect,
  { rowGroupBytes }: Pick<FormatPlan, 'rowGroupBytes'>,
  readers: number,
): Speed | null {
  if (bytes === null) return null
  const secondsOfSession = bytes / MB / MB_PER_SESSION[dialect]
  return {
    vcpuSeconds: bytes / MB / MB_PER_VCPU[rowGroupBytes === null ? 'rows' : 'columns'],
    leastSeconds: secondsOfSession / readers,
    secondsOfSession,
  }
}
