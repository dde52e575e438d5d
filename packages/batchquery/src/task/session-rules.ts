import type { Session } from '../database/database.ts'
import { type StringRules, stringRulesOf } from '../sql/index.ts'

/** How a session reads strings, as its server says; null where that is always the same. */
export const sessionStringRules = ({ dialect, server: { stringSetting } }: Session): StringRules | null =>
  stringSetting === null ? null : stringRulesOf(dialect, stringSetting)
