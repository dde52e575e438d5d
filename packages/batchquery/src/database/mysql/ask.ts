import type { Connection } from 'mysql2'
import { runStatement } from './statement.ts'

/**
 * A small query of our own: its rows, each a list of texts. Past the driver, which gives a connection up when results come
 * in a character set that it does not know.
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
