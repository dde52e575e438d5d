import type { StringSetting } from './dialects/dialect.ts'
import { type Dialect, defaultStringRules, wordsOf } from './dialects/index.ts'
import { isWordAt } from './keyword.ts'
import type { StringRules } from './lexical-rules.ts'
import { readSetStatement } from './set-statement.ts'
import type { ReadingPoint } from './statement.ts'
import { statementKeyword } from './statement-kind.ts'

/**
 * How a session reads strings; null if it does not say.
 *
 * @param setting the value that the session reports for the setting: `ANSI_QUOTES,STRICT_TRANS_TABLES`, `on`
 */
export function stringRulesOf(dialect: Dialect, setting: string): StringRules
export function stringRulesOf(dialect: Dialect, setting: string | null): StringRules | null
export function stringRulesOf(dialect: Dialect, setting: string | null): StringRules | null {
  if (setting === null) return null
  return wordsOf(dialect).strings.setting?.rulesOf(setting) ?? defaultStringRules(dialect)
}

/** For people: how strings are read, and the setting of a server that reads them so. */
export const describeStringRules = (dialect: Dialect, rules: StringRules): string => {
  const what = [
    `${rules.backslashEscapes ? '' : 'no '}backslash escapes`,
    `double quotes are ${rules.doubleQuotedStrings ? 'strings' : 'names'}`,
  ].join(', ')
  const { setting } = wordsOf(dialect).strings
  return setting === null ? what : `${what}: ${setting.describe(rules)}`
}

/** How a session reads strings after a statement. */
export interface RulesAfter {
  readonly rules: StringRules
  /** False if only the session knows: the rules are then the likely ones. */
  readonly isCertain: boolean
}

/** Whether a statement mentions the setting for strings, or a function that sets any. */
export const mentionsSetting = (statement: string, dialect: Dialect): boolean =>
  wordsOf(dialect).strings.setting?.mention.test(statement) ?? false

/**
 * Follows the rules across a statement. Only the session knows them after a value that is a variable, an expression or DEFAULT, and
 * after the statements that `StringSetting` names.
 *
 * @param from after the statements before; its `isSettingMentioned` includes this statement
 */
export const stringRulesAfter = (
  statement: string,
  dialect: Dialect,
  from: Pick<ReadingPoint, 'stringRules' | 'initialRules' | 'isSettingMentioned'>,
): RulesAfter => {
  const { stringRules: current, isSettingMentioned } = from
  const { setting } = wordsOf(dialect).strings
  if (setting === null) return { rules: current, isCertain: true }
  const mayHide = (): boolean => statementKeyword(statement, dialect, current) === setting.hiddenIn
  if (!isSettingMentioned) return { rules: current, isCertain: !mayHide() }
  const assigned = readSetStatement(statement, dialect, current)
    .filter(({ name }) => name === setting.name)
    .map(({ value, isConditional }) => ({ ...rulesOfValue(value, setting, from), isConditional }))
  const rules = assigned.at(-1)?.rules ?? current
  if (setting.staysOpen) return { rules, isCertain: false }
  const isOpen = assigned.some(({ isCertain, isConditional }) => !isCertain || isConditional)
  return { rules, isCertain: !isOpen && !mayHide() }
}

/** The server evaluates the value before the statement has set anything. */
const rulesOfValue = (
  value: readonly string[],
  setting: StringSetting,
  { stringRules: current, initialRules }: Pick<ReadingPoint, 'stringRules' | 'initialRules'>,
): RulesAfter => {
  const [first = '', ...rest] = value
  if (rest.length > 0)
    return { rules: setting.rulesOfExpression(value, current) ?? current, isCertain: false }
  if (isWordAt(first, 0, first.length, 'DEFAULT')) return { rules: initialRules, isCertain: false }
  const literal = /^(?:(['"`])(.*)\1|[a-z_]\w*|\d+)$/is.exec(first)
  return literal === null
    ? { rules: current, isCertain: false }
    : { rules: setting.rulesOf(literal[2] ?? first), isCertain: true }
}
