import type { Session } from '../../database/database.ts'
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
  /** The memory of the process that exports. */
  readonly memoryBytes: number
  /** The most files of a partition, or of the result if it has none. Null if the size is unknown. */
  readonly mostFiles: number | null
  readonly longest: LongestStatement
  /** What the export locks on the server, in whole sentences. */
  readonly locks: readonly string[]
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
  const columns = described && forecastColumns(plan, described)
  const made = { columns, ...(await readingOf(session, plan, limits)) }
  const { estimate, ranges } = made
  const readers = ranges?.readers ?? null
  const speed = speedOf(estimate.bytes, {
    dialect: session.dialect,
    format: plan.format,
    readers: readers ?? 1,
  })
  return {
    ...made,
    memoryBytes: memoryOf(statement, readers),
    mostFiles: mostFiles(plan, estimate, ranges?.ranges.length ?? 1),
    longest: longestOf(made, speed),
    speed,
  }
}

type Reading = Pick<Forecast, 'estimate' | 'ranges' | 'sessions' | 'locks' | 'notes'>

const readingOf = (
  session: Session,
  plan: ExportPlan,
  limits: Pick<ReaderLimits, 'maxSessions'>,
): Promise<Reading> =>
  plan.parallel === null ? readByOne(session, plan) : readBySeveral(session, plan, plan.parallel, limits)

async function readByOne(session: Session, { query }: ExportPlan): Promise<Reading> {
  const notes: string[] = []
  // The server has described the query. It may have no estimate of it, or the user may lack the right to see the plan of a view.
  const estimate = await estimateQuery(session, query).catch((thrown: unknown) => {
    const error = BatchQueryError.from(thrown)
    if (error.code !== 'QUERY_FAILED' && error.code !== 'PERMISSION') throw error
    notes.push(`The server does not estimate this query: ${error.message}.`)
    return null
  })
  return { estimate: estimate ?? UNKNOWN, ranges: null, sessions: 1, locks: LOCKS[session.dialect], notes }
}

/** What a query locks while it runs. */
const LOCKS: Readonly<Record<Session['dialect'], readonly string[]>> = {
  mysql: ['The query holds metadata locks on its tables until its last row, so nothing can alter them.'],
  postgres: [
    'The query holds ACCESS SHARE locks on its tables until its last row, so nothing can alter or truncate them.',
  ],
  duckdb: [],
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
  await reads.state(session, request.query)
  const planned = await reads.plan(session, request)
  const { notes: locks } = await reads.checkMoment(session, planned, request)
  const { readers, notes } = await chooseReaders(reads, session, planned.ranges, request, limits)
  const { source, key, ranges, estimate } = planned
  return {
    estimate,
    ranges: {
      ...{ source, key, consistency, readers },
      ranges: ranges.map(({ number, where, rows }) => ({ number, where, rows })),
    },
    sessions: readers + (consistency === 'NONE' ? 1 : 2),
    ...{ locks, notes },
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
