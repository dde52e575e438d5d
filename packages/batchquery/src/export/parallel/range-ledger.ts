import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { ReadRange, ReadsPlan, SessionState } from '../../database/parallel-reads.ts'
import type { Journal, KeepRanges, RangeEntry } from '../../journal/index.ts'
import { packageVersion } from '../../platform/index.ts'
import type { StageToken } from '../../store/store.ts'
import type { ExportPlan, ParallelPlan } from '../plan.ts'
import type { StagingProgress } from '../stage.ts'
import type { StagedRows } from '../stage-rows.ts'
import type { RangeQueue } from './range-queue.ts'

/**
 * The SHA-256 of everything that decides which rows a range has and how they are written, except the data. So a range that was read for
 * one plan serves any attempt with the same plan. The text of the query has the values of its parameters, and the state of the session the
 * time of `now()` if the query asks for it. Another version may write other bytes, so it counts too.
 */
export const planSha256 = (
  { destination: { uri } }: Pick<ExportPlan, 'destination'>,
  { statement }: Pick<ParallelPlan, 'statement'>,
  { key, ranges }: Pick<ReadsPlan, 'key' | 'ranges'>,
  { setup }: Pick<SessionState, 'setup'>,
): string => {
  const queries = ranges.map(({ number, query }) => [number, query])
  return createHash('sha256')
    .update(JSON.stringify([packageVersion(), uri, statement, key, queries, setup]))
    .digest('hex')
}

/** What a ledger needs of the export around it. */
export interface LedgerContext {
  /** The destination. */
  readonly uri: string
  readonly planSha256: string
  readonly journal: Pick<Journal, 'write'>
  readonly progress: StagingProgress
  readonly note: (text: string) => void
  /** Removes parts that the export does not need. */
  readonly abort: (tokens: readonly StageToken[]) => Promise<void>
}

/** The ranges of one export in the journal. A later attempt keeps them, and this one keeps those of earlier attempts. */
export class RangeLedger {
  readonly #queue: RangeQueue
  readonly #context: LedgerContext

  constructor(queue: RangeQueue, context: LedgerContext) {
    this.#queue = queue
    this.#context = context
  }

  /** Goes on with the ranges that earlier attempts have read. Call it before a reader has a range. */
  async adopt(kept: KeepRanges): Promise<void> {
    const { uri, planSha256, note, progress } = this.#context
    const { ranges, startsOver } = await kept(uri, planSha256)
    if (startsOver !== null) note(startsOver)
    for (const range of ranges) {
      const rows = rowsOf(range)
      this.#queue.keep(range.number, rows)
      progress(rows.rows, rows.bytes, rows.parts.length)
    }
    const { length } = ranges
    if (length > 0) note(`${length} of ${this.#queue.all} ranges were read by an earlier attempt, and stay`)
  }

  /**
   * A range is read. Call it before another reader takes its next range: kept ranges with other columns wait again then.
   *
   * @param worker the reader's name
   */
  async record(worker: string, { number }: ReadRange, rows: StagedRows): Promise<void> {
    await this.#forgetOthers(rows)
    const { uri, planSha256, journal } = this.#context
    await journal.write({ step: 'range', uri, range: entryOf(rows, { number, worker, planSha256 }) })
  }

  /** Has ranges read again that an earlier attempt read before the table was altered. */
  async #forgetOthers({ columns }: StagedRows): Promise<void> {
    const forgotten = this.#queue.forgetKept(kept => !isDeepStrictEqual(kept.columns, columns))
    if (forgotten.length === 0) return
    const { note, progress, abort } = this.#context
    note(
      `the columns have changed since an earlier attempt read ${forgotten.length} ranges, so they are read again`,
    )
    for (const { rows, bytes, parts } of forgotten) progress(-rows, -bytes, -parts.length)
    await abort(forgotten.flatMap(({ parts }) => parts.map(({ token }) => token)))
  }
}

export const entryOf = (
  { parts, rows, bytes, invalidDates, delimited, described, columns }: StagedRows,
  named: Pick<RangeEntry, 'number' | 'planSha256' | 'worker'>,
): RangeEntry => ({
  ...named,
  ...{ parts, rows, bytes, invalidDates, delimited, described },
  columns: columns.map(({ name, type }) => ({ name, type })),
})

/** The rows of a range as its reader staged them. The server's warnings are those of the attempt that read it. */
export const rowsOf = ({ number: _, planSha256: __, worker: ___, ...rows }: RangeEntry): StagedRows => ({
  ...rows,
  warnings: [],
})
