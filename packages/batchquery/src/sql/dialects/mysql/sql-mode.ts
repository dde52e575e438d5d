import { isWordAt } from '../../keyword.ts'
import type { StringRules } from '../../lexical-rules.ts'
import type { StringSetting } from '../dialect.ts'

/** The modes that make `".."` an identifier. All but the first include it. */
const ANSI_MODES = ['ANSI_QUOTES', 'ANSI', 'DB2', 'MAXDB', 'MSSQL', 'ORACLE', 'POSTGRESQL']
/** The same modes as bits: https://dev.mysql.com/doc/dev/mysql-server/latest/system__variables_8h.html */
const ANSI_QUOTES_BIT = 4
const NO_BACKSLASH_ESCAPES_BIT = 2 ** 20

/**
 * A routine restores sql_mode when it ends, so a CALL changes nothing. Only the session knows the effect of a prepared statement, and of
 * a variable, an expression or DEFAULT as the value.
 */
export const SQL_MODE: StringSetting = {
  name: 'sql_mode',
  mention: /sql_mode/i,
  hiddenIn: 'EXECUTE',
  staysOpen: false,
  rulesOf,
  rulesOfExpression,
  describe({ backslashEscapes, doubleQuotedStrings }) {
    const modes = [
      ...(doubleQuotedStrings ? [] : ['ANSI_QUOTES']),
      ...(backslashEscapes ? [] : ['NO_BACKSLASH_ESCAPES']),
    ]
    return modes.length === 0 ? 'the default sql_mode' : `sql_mode with ${modes.join(' and ')}`
  },
}

function rulesOf(value: string): StringRules {
  if (/^\d+$/.test(value)) {
    return {
      doubleQuotedStrings: (Number(value) & ANSI_QUOTES_BIT) === 0,
      backslashEscapes: (Number(value) & NO_BACKSLASH_ESCAPES_BIT) === 0,
    }
  }
  const modes = value.split(',').map(mode => mode.trim().toUpperCase())
  return {
    doubleQuotedStrings: !modes.some(mode => ANSI_MODES.includes(mode)),
    backslashEscapes: !modes.includes('NO_BACKSLASH_ESCAPES'),
  }
}

/** `CONCAT(@@sql_mode, ',ANSI_QUOTES')` adds modes to the present ones. */
function rulesOfExpression(tokens: readonly string[], current: StringRules): StringRules | null {
  const [first = '', ...rest] = tokens
  if (!isWordAt(first, 0, first.length, 'CONCAT') || !tokens.some(token => token.startsWith('@@')))
    return null
  const added = rulesOf(rest.map(token => token.replace(/^'(.*)'$/s, '$1')).join(','))
  return {
    doubleQuotedStrings: current.doubleQuotedStrings && added.doubleQuotedStrings,
    backslashEscapes: current.backslashEscapes && added.backslashEscapes,
  }
}
