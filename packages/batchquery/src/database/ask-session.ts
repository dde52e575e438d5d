import type { Session } from './database.ts'

/** More than any of our queries has. */
const ROWS = 10_000

/** The rows of a small query, as texts. @throws as `Session.execute` */
export async function askSession(
  session: Session,
  sql: string,
): Promise<readonly (readonly (string | null)[])[]> {
  const { results } = await session.execute(sql, ROWS)
  return results.at(-1)?.rows ?? []
}
