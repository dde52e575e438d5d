import type { Session } from '../database/database.ts'
import { estimateQuery } from '../database/estimate.ts'
import { roomWarning } from '../export/index.ts'
import type { Dialect } from '../sql/index.ts'
import type { Step } from './sql-task.ts'
import { type StatementText, tokensOf } from './statement-tokens.ts'

/**
 * Warns of exports whose partitions may need more disk than there is, as the statistics say. It is for the moment before the first
 * statement. It says nothing of a query that has no estimate then, because it needs an earlier statement for instance.
 *
 * @param warn takes a sentence
 */
export async function warnOfSpills(
  steps: readonly Step[],
  session: Session,
  warn: (text: string) => void,
): Promise<void> {
  for (const { number, statement, exported } of steps) {
    const { partitionBy, query } = exported?.plan ?? {}
    if (!partitionBy || query === undefined) continue
    if (isOrdered(statement, partitionBy.columns, session.dialect)) continue
    const estimate = await estimateQuery(session, query).catch(() => null)
    const warning = estimate?.bytes ? await roomWarning(estimate.bytes) : null
    if (warning !== null) warn(`statement ${number}: ${warning}`)
  }
}

/** Whether the ORDER BY of a query names all of the columns, so that few rows wait. */
function isOrdered(statement: StatementText, columns: readonly string[], dialect: Dialect): boolean {
  const outside = tokensOf(statement, dialect).filter(({ depth }) => depth === 0)
  const at = outside.findLastIndex(
    ({ keyword }, index) => keyword === 'BY' && outside[index - 1]?.keyword === 'ORDER',
  )
  if (at === -1) return false
  const names = new Set(outside.slice(at + 1).map(({ name }) => name))
  return columns.every(column => names.has(column.toLowerCase()))
}
