import { createHash } from 'node:crypto'
import type { ReadsPlan } from '../../database/parallel-reads.ts'
import type { RangeEntry } from '../../journal/index.ts'
import { packageVersion } from '../../platform/index.ts'
import type { ExportPlan, ParallelPlan } from '../plan.ts'
import type { StagedRows } from '../stage-rows.ts'

/*
 * The ranges that a later attempt keeps. A range that was read for one plan serves any attempt with the same plan: the SHA-256 covers
 * everything that decides which rows a range has and how they are written, except the data. The text of the query has the
 * values of its parameters. Another version may write other bytes, so it counts too.
 */

export const planSha256 = (
  { destination: { uri } }: Pick<ExportPlan, 'destination'>,
  { statement }: Pick<ParallelPlan, 'statement'>,
  { key, ranges }: Pick<ReadsPlan, 'key' | 'ranges'>,
): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        packageVersion(),
        uri,
        statement,
        key,
        ranges.map(({ number, query }) => [number, query]),
      ]),
    )
    .digest('hex')

/** What the journal has of a range that is read. */
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
