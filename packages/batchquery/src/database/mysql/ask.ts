import type { Connection } from 'mysql2'
import { runStatement } from './statement.ts'

/**
 * Runs a small query of our own and returns its rows, each a list of texts. It bypasses the driver, which abandons a
 * connection if results arrive in a character set that it does not know.
 *
 * @throws as `runStatement`
 */
export async function ask(
  connection: Connection,
  sql: string,
): Promise<readonly (readonly (string | null)[])[]> {
  const { results } = await runStatement(connection, sql, Number.POSITIVE_INFINITY)
  return results[0]?.rows ?? []
}
