import { defaultStringRules, type SqlDialect, type StringRules } from './dialect.ts'
import { isWordAt } from './keyword.ts'
import { readSetStatement } from './set-statement.ts'

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
 * How a session reads strings.
 *
 * @param setting what the session answers when asked for STRING_SETTING: `ANSI_QUOTES,STRICT_TRANS_TABLES`, `on`
 */
export const stringRulesOf = (dialect: SqlDialect, setting: string): StringRules => {
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

/**
 * How the session reads strings behind a statement. What only the server can tell (an expression, a variable, a
 * routine that sets it) changes nothing here, save `CONCAT(@@sql_mode, ',ANSI_QUOTES')`.
 *
 * @param current behind the statements before
 * @param initial when the session started, to which DEFAULT returns
 */
export const stringRulesAfter = (
  statement: string,
  dialect: SqlDialect,
  current: StringRules,
  initial: StringRules,
): StringRules =>
  readSetStatement(statement, dialect, current)
    .filter(({ name }) => name === STRING_SETTING[dialect])
    .reduce((rules, { value }) => rulesOfValue(value, dialect, rules, initial), current)

const rulesOfValue = (
  value: readonly string[],
  dialect: SqlDialect,
  current: StringRules,
  initial: StringRules,
): StringRules => {
  const [first = '', ...rest] = value
  if (rest.length === 0) {
    if (isWordAt(first, 0, first.length, 'DEFAULT')) return initial
    return first.startsWith('@') ? current : stringRulesOf(dialect, first.replace(/^(['"`])(.*)\1$/s, '$2'))
  }
  if (!isWordAt(first, 0, first.length, 'CONCAT') || !value.some(token => token.startsWith('@@')))
    return current
  const added = stringRulesOf(dialect, rest.map(token => token.replace(/^'(.*)'$/s, '$1')).join(','))
  return {
    doubleQuotedStrings: current.doubleQuotedStrings && added.doubleQuotedStrings,
    backslashEscapes: current.backslashEscapes && added.backslashEscapes,
  }
}
