import type { Session } from '../database/database.ts'
import { STRING_SETTING, type StringRules, stringRulesOf } from '../sql/index.ts'

/** How a session reads strings, as its server says; null where that is always the same. */
export async function sessionStringRules(session: Session): Promise<StringRules | null> {
  const setting = STRING_SETTING[session.dialect]
  if (setting === null) return null
  const ask = session.dialect === 'mysql' ? `SELECT @@${setting}` : `SHOW ${setting}`
  const { results } = await session.execute(ask, 1)
  return stringRulesOf(session.dialect, results[0]?.rows[0]?.[0] ?? '')
}
