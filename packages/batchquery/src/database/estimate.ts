import type { Session } from './database.ts'
import { databaseDialect } from './dialects.ts'
import type { Estimate } from './parallel-reads.ts'

/**
 * Estimates the rows of a query from statistics alone.
 *
 * @returns null if the database cannot
 * @throws QUERY_FAILED, PERMISSION for a query that the server refuses
 */
export async function estimateQuery(session: Session, query: string): Promise<Estimate | null> {
  const dialect = databaseDialect(session.dialect)
  if (dialect.kind === 'embedded') return dialect.estimate(session, query)
  const reads = await dialect.parallelReads?.()
  return (await reads?.estimate(session, query)) ?? null
}
