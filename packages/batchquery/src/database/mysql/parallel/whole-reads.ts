import type { Session } from '../../database.ts'
import type { ReadRange } from '../../parallel-reads.ts'
import { explain, isDerived, type PlanRow, rowsRead } from './explained.ts'
import { refusal } from './refusal.ts'

/** Every range may read a smaller table as a whole. */
const SMALL_ROWS = 10_000
const READS_ALL = new Set(['ALL', 'index'])
const READS_RANGE = new Set(['range', 'index_merge'])
/** A range of the whole query that a range of the key does not make smaller. Estimates are vague. */
const ABOUT_AS_LARGE = 1.5

/**
 * Refuses ranges of which each would read a whole table, or no smaller range of an index than the whole query does.
 *
 * @param whole the plan of the whole query
 * @throws UNSUPPORTED_CLAUSE in the words of EXPLAIN
 */
export async function refuseWholeReads(
  session: Session,
  whole: readonly PlanRow[],
  ranges: readonly Pick<ReadRange, 'query'>[],
  key: string,
): Promise<void> {
  if (ranges.length < 2) return
  // The last range may be that of NULL, which an index finds.
  const middle = Math.floor(ranges.length / 2)
  const plan = await explain(session, ranges[middle].query)
  const other = await explain(session, ranges[middle - 1].query)
  const scans = wholeReads(other).map(({ table }) => table)
  const scan = wholeReads(plan).find(({ table }) => scans.includes(table))
  if (scan !== undefined) throw refused(key, `would read the whole table ${scan.table}`, scan)
  const isDivided = [plan, other].some(one => rowsRead(one) < SMALL_ROWS || readsLess(one, whole))
  const [largest] = plan.toSorted((one, next) => next.rows - one.rows)
  if (!isDivided && largest !== undefined)
    throw refused(key, 'would read about as many rows as the whole query', largest)
}

/** Whether the plan of a range reads a range of an index that the whole query does not read so. */
const readsLess = (plan: readonly PlanRow[], whole: readonly PlanRow[]): boolean =>
  plan.some(
    ({ table, type, key, rows }) =>
      READS_RANGE.has(type) &&
      !whole.some(
        of => of.table === table && of.type === type && of.key === key && of.rows <= rows * ABOUT_AS_LARGE,
      ),
  )

const wholeReads = (plan: readonly PlanRow[]): readonly PlanRow[] =>
  plan.filter(({ table, type, rows }) => READS_ALL.has(type) && rows >= SMALL_ROWS && !isDerived(table))

const refused = (key: string, what: string, { table, type, key: index, rows, extra }: PlanRow) =>
  refusal(
    `each range of ${key} ${what} (EXPLAIN: table ${table}, type ${type}${index === '' ? '' : `, key ${index}`}, rows ${rows}${extra === '' ? '' : `, ${extra}`})`,
    'Name columns in BY that begin an index of the table, or remove PARALLEL.',
  )
