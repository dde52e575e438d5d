import type { ReadsPlan, ReadsRequest } from '../../database/parallel-reads.ts'
import { LONGEST_PLAN_TEXT, MOST_PLANNED_RANGES, type RecordedPlan } from '../../journal/index.ts'

/**
 * The plan of an export for the journal. Its size has a limit, although a value of a key may be a long text.
 *
 * @param readers that read, which may be fewer than requested
 */
export function recordedPlan(
  { source, key, ranges, estimate }: ReadsPlan,
  { consistency }: Pick<ReadsRequest, 'consistency'>,
  readers: number,
): RecordedPlan {
  const { rows, bytes, access } = estimate
  return {
    ...{ source, key, consistency, readers, rows, bytes },
    access: access.slice(0, MOST_PLANNED_RANGES).map(shortened),
    rangeCount: ranges.length,
    ranges: ranges
      .slice(0, MOST_PLANNED_RANGES)
      .map(({ number, where, rows }) => ({ number, where: shortened(where), rows })),
  }
}

const shortened = (text: string): string =>
  text.length <= LONGEST_PLAN_TEXT ? text : `${text.slice(0, LONGEST_PLAN_TEXT - 1)}…`
