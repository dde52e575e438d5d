import type { Session } from '../../database/database.ts'
import { databaseDialect } from '../../database/dialects.ts'
import { estimateQuery } from '../../database/estimate.ts'
import type { Estimate, ReadsPlan, ReadsRequest } from '../../database/parallel-reads.ts'
import { BatchQueryError } from '../../errors/index.ts'
import type { ExportStatement } from '../../sql/index.ts'
import { type ForecastColumn, forecastColumns } from '../describe-export.ts'
import { chooseReaders } from '../parallel/choose-readers.ts'
import { memoryOf } from '../parallel/memory.ts'
import { parallelReadsOf } from '../parallel/open.ts'
import type { ReaderLimits } from '../parallel/reader-host.ts'
import type { ExportPlan, ParallelPlan } from '../plan.ts'
import { type Speed, speedOf } from './speed.ts'

/** What an export would do, as the server's statistics say before it runs. */
export interface Forecast {
  /** Null if the server names the columns only when the query runs. */
  readonly columns: readonly ForecastColumn[] | null
  readonly estimate: Estimate
  /** Null if one statement reads all rows. */
  readonly ranges: ForecastRanges | null
  /** The most sessions open at once, the task's own included. */
  readonly sessions: number
  /** The process that exports needs no more, unless a value is very large. */
  readonly memoryBytes: number
  /** The most files of a partition, or of the result if it has none. Null if the size is unknown. */
  readonly mostFiles: number | null
  readonly longest: LongestStatement
  /** What the export locks on the server while it reads, in whole sentences. */
  readonly locks: readonly string[]
  /** For how long: as long as the export reads, by the measured speed. Null if the size is unknown. */
  readonly lockSeconds: number | null
  /** Anything else that the user may want to know, in whole sentences. */
  readonly notes: readonly string[]
  /** Null if the size is unknown. */
  readonly speed: Speed | null
}

/** How several sessions divide the rows. */
export interface ForecastRanges {
  readonly source: string
  readonly key: string
  readonly consistency: ReadsRequest['consistency']
  readonly readers: number
  readonly ranges: readonly {
    readonly number: number
    readonly where: string
    readonly rows: number | null
  }[]
}

export interface LongestStatement {
  readonly rows: number | null
  /** The condition of its range; null if it reads all rows. */
  readonly where: string | null
  /** By the measured speed of one session; null if the size is unknown. */
  readonly seconds: number | null
}

const UNKNOWN: Estimate = { rows: null, bytes: null, access: [] }

/**
 * Says what an export would do. It reads statistics and index rows only, and has no effect.
 *
 * @throws what the export would throw before its first row: QUERY_FAILED, PERMISSION, UNSUPPORTED_CLAUSE
 */
export async function forecastExport(
  session: Session,
  { statement, plan }: { readonly statement: ExportStatement; readonly plan: ExportPlan },
  limits: Pick<ReaderLimits, 'maxSessions'>,
): Promise<Forecast> {
  const format = plan.divided?.({ warn: () => {} }) ?? plan.format
  const described = await session.describe(plan.query, format)
  const { parallel } = plan
  const reading =
    parallel === null ? await readByOne(session, plan) : await readBySeveral(session, plan, parallel, limits)
  const { estimate, ranges } = reading
  const readers = ranges?.readers ?? null
  const speed = speedOf(estimate.bytes, databaseDialect(session.dialect), plan.format, readers ?? 1)
  return {
    columns: described && forecastColumns(plan, described),
    ...{ ...reading, speed },
    memoryBytes: memoryOf(statement, readers),
    mostFiles: mostFiles(plan, estimate, ranges?.ranges.length ?? 1),
    longest: longestOf(reading, speed),
    lockSeconds: speed?.leastSeconds ?? null,
  }
}

type Reading = Pick<Forecast, 'estimate' | 'ranges' | 'sessions' | 'locks' | 'notes'>

async function readByOne(session: Session, { query }: ExportPlan): Promise<Reading> {
  const notes: string[] = []
  // The server may have no estimate of a query that it accepts, or the user may lack the right to see the plan of a view.
  const estimate = await estimateQuery(session, query).catch((thrown: unknown) => {
    const error = BatchQueryError.from(thrown)
    if (error.code !== 'QUERY_FAILED' && error.code !== 'PERMISSION') throw error
    notes.push(`The server does not estimate this query: ${error.message}.`)
    return null
  })
  const dialect = databaseDialect(session.dialect)
  const locks = dialect.kind === 'server' ? [dialect.oneSession.locks] : []
  return { estimate: estimate ?? UNKNOWN, ranges: null, sessions: 1, locks, notes }
}

async function readBySeveral(
  session: Session,
  { query }: ExportPlan,
  parallel: ParallelPlan,
  limits: Pick<ReaderLimits, 'maxSessions'>,
): Promise<Reading> {
  const { readers: asked, by, consistency } = parallel
  const reads = await parallelReadsOf(session, parallel)
  const request: ReadsRequest = { query, readers: asked, by, consistency }
  await reads.state(session, query)
  const planned = await reads.plan(session, request)
  const { notes: locks } = await reads.checkMoment(session, planned, request)
  const { readers, sessions, notes } = await chooseReaders(reads, session, planned, request, limits)
  const { source, key, ranges, estimate } = planned
  return {
    estimate,
    ranges: {
      ...{ source, key, consistency, readers },
      ranges: ranges.map(({ number, where, rows }) => ({ number, where, rows })),
    },
    ...{ sessions, locks, notes },
  }
}

/** The rows of a partition may all be in one range, and those of a range in one partition. */
function mostFiles(
  { single, maxPartBytes }: Pick<ExportPlan, 'single' | 'maxPartBytes'>,
  { bytes }: Pick<Estimate, 'bytes'>,
  ranges: ReadsPlan['ranges']['length'],
): number | null {
  if (single) return 1
  return bytes === null ? null : ranges * Math.max(1, Math.ceil(bytes / ranges / maxPartBytes))
}

function longestOf(
  { estimate, ranges }: Pick<Reading, 'estimate' | 'ranges'>,
  speed: Speed | null,
): LongestStatement {
  const whole = speed?.secondsOfSession ?? null
  if (ranges === null) return { rows: estimate.rows, where: null, seconds: whole }
  const longest = ranges.ranges.reduce((most, range) => ((range.rows ?? 0) > (most.rows ?? 0) ? range : most))
  const share = (longest.rows ?? 0) / (estimate.rows || 1)
  return {
    ...{ rows: longest.rows, where: longest.where },
    seconds: whole === null || longest.rows === null ? null : whole * share,
  }
}
