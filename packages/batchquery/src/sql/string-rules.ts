import { defaultStringRules, type SqlDialect, type StringRules } from './dialect.ts'
import { isWordAt } from './keyword.ts'
import { readSetStatement } from './set-statement.ts'
import type { ReadingPoint } from './statement.ts'
import { statementKeyword } from './statement-kind.ts'

/** MySQL's modes that make `".."` an identifier. All but the first bring it along. */
const ANSI_MODES = ['ANSI_QUOTES', 'ANSI', 'DB2', 'MAXDB', 'MSSQL', 'ORACLE', 'POSTGRESQL']
/** The same modes as bits: https://dev.mysql.com/doc/dev/mysql-server/latest/system__variables_8h.html */
const ANSI_QUOTES_BIT = 4
const NO_BACKSLASH_ESCAPES_BIT = 2 ** 20

/** The setting that decides how a session reads strings; DuckDB has none. */
const STRING_SETTING: Record<SqlDialect, string | null> = {
  mysql: 'sql_mode',
  postgres: 'standard_conforming_strings',
  duckdb: null,
}

/**
 * How a session reads strings; null where it does not say.
 *
 * @param setting what the session answers when asked for STRING_SETTING: `ANSI_QUOTES,STRICT_TRANS_TABLES`, `on`
 */
export function stringRulesOf(dialect: SqlDialect, setting: string): StringRules
export function stringRulesOf(dialect: SqlDialect, setting: string | null): StringRules | null
export function stringRulesOf(dialect: SqlDialect, setting: string | null): StringRules | null {
  if (setting === null) return null
  if (dialect === 'duckdb') return defaultStringRules(dialect)
  if (dialect === 'postgres')
    return { ...defaultStringRules(dialect), backslashEscapes: /^(?:off?|f\w*|no?|0)$/i.test(setting) }
  if (/^\d+$/.test(setting)) {
    return {
      doubleQuotedStrings: (Number(setting) & ANSI_QUOTES_BIT) === 0,
      backslashEscapes: (Number(setting) & NO_BACKSLASH_ESCAPES_BIT) === 0,
    }
  }
  const modes = setting.split(',').map(mode => mode.trim().toUpperCase())
  return {
    doubleQuotedStrings: !modes.some(mode => ANSI_MODES.includes(mode)),
    backslashEscapes: !modes.includes('NO_BACKSLASH_ESCAPES'),
  }
}

/** How strings are read, for people: what a server has that reads them so. */
export const describeStringRules = (dialect: SqlDialect, rules: StringRules): string => {
  const { backslashEscapes, doubleQuotedStrings } = rules
  const what = [
    `${backslashEscapes ? '' : 'no '}backslash escapes`,
    `double quotes are ${doubleQuotedStrings ? 'strings' : 'names'}`,
  ].join(', ')
  if (dialect === 'duckdb') return what
  if (dialect === 'postgres')
    return `${what}: standard_conforming_strings = ${backslashEscapes ? 'off' : 'on, the default'}`
  const modes = [
    ...(doubleQuotedStrings ? [] : ['ANSI_QUOTES']),
    ...(backslashEscapes ? [] : ['NO_BACKSLASH_ESCAPES']),
  ]
  return `${what}: ${modes.length === 0 ? 'the default sql_mode' : `sql_mode with ${modes.join(' and ')}`}`
}

/** How a session reads strings behind a statement. */
export interface RulesAfter {
  readonly rules: StringRules
  /** False where only the session knows: the rules are then the likely ones. */
  readonly isCertain: boolean
}

/** Whether a statement speaks of the setting for strings, or of PostgreSQL's function that sets any. */
export const mentionsSetting = (statement: string, dialect: SqlDialect): boolean =>
  MENTIONS[dialect].test(statement)

const MENTIONS: Record<SqlDialect, RegExp> = {
  mysql: /sql_mode/i,
  postgres: /standard_conforming_strings|set_config/i,
  duckdb: /^(?!)/,
}

/**
 * What a statement makes of the rules. Open on MySQL, whose routines restore sql_mode at their end, is what a variable, an
 * expression, DEFAULT or a prepared statement sets. On PostgreSQL it is what a CALL may do, and all that a task does once
 * it has spoken of the setting: functions may set it, a ROLLBACK restores it.
 *
 * @param from behind the statements before; `isSettingMentioned` with this one
 */
export const stringRulesAfter = (
  statement: string,
  dialect: SqlDialect,
  from: Pick<ReadingPoint, 'stringRules' | 'initialRules' | 'isSettingMentioned'>,
): RulesAfter => {
  const { stringRules: current, isSettingMentioned } = from
  const keyword = (): string => statementKeyword(statement, dialect, current)
  if (dialect === 'duckdb') return { rules: current, isCertain: true }
  if (!isSettingMentioned) {
    const mayHide = dialect === 'mysql' ? 'EXECUTE' : 'CALL'
    return { rules: current, isCertain: keyword() !== mayHide }
  }
  const assigned = readSetStatement(statement, dialect, current)
    .filter(({ name }) => name === STRING_SETTING[dialect])
    .map(({ value, isConditional }) => ({ ...rulesOfValue(value, dialect, from), isConditional }))
  const rules = assigned.at(-1)?.rules ?? current
  if (dialect === 'postgres') return { rules, isCertain: false }
  const isOpen = assigned.some(({ isCertain, isConditional }) => !isCertain || isConditional)
  return { rules, isCertain: !isOpen && keyword() !== 'EXECUTE' }
}

/** The value is evaluated before the statement has set anything. */
const rulesOfValue = (
  value: readonly string[],
  dialect: SqlDialect,
  { stringRules: current, initialRules }: Pick<ReadingPoint, 'stringRules' | 'initialRules'>,
): RulesAfter => {
  const [first = '', ...rest] = value
  if (rest.length === 0) {
    if (isWordAt(first, 0, first.length, 'DEFAULT')) return { rules: initialRules, isCertain: false }
    const literal = /^(?:(['"`])(.*)\1|[a-z_]\w*|\d+)$/is.exec(first)
    return literal === null
      ? { rules: current, isCertain: false }
      : { rules: stringRulesOf(dialect, literal[2] ?? first), isCertain: true }
  }
  if (!isWordAt(first, 0, first.length, 'CONCAT') || !value.some(token => token.startsWith('@@')))
    return { rules: current, isCertain: false }
  const added = stringRulesOf(dialect, rest.map(token => token.replace(/^'(.*)'$/s, '$1')).join(','))
  return {
    rules: {
      doubleQuotedStrings: current.doubleQuotedStrings && added.doubleQuotedStrings,
      backslashEscapes: current.backslashEscapes && added.backslashEscapes,
    },
    isCertain: false,
  }
}
