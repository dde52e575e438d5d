import type { SqlDialect, StringRules } from './dialect.ts'
import { Lexer } from './lexer.ts'
import { FILE_START } from './position.ts'

/** `SET name = value` of the session itself. */
export interface Assignment {
  /** In lower case, without scope and quotes. */
  readonly name: string
  /** The tokens of the value. */
  readonly value: readonly string[]
}

/** `sql_mode`, `session sql_mode`, `@@sql_mode`, `@@session.sql_mode`, `local standard_conforming_strings`. */
const TARGET = /^(@@ ?)?(?:(session|local|global|persist|persist_only) (?:\. )?)?["`]?([a-z_]+)["`]?$/
const OPERATORS = new Set(['=', ':=', 'to'])

/**
 * Reads a SET statement; empty for any other. What is set for the server and not for the session is left out.
 *
 *     SET sql_mode = '', SESSION x := 1, @@session.y = 2     a scope word holds for the names behind it as well
 *     SET LOCAL standard_conforming_strings TO off
 *
 * https://dev.mysql.com/doc/refman/8.4/en/set-variable.html, https://www.postgresql.org/docs/current/sql-set.html
 */
export const readSetStatement = (
  sql: string,
  dialect: SqlDialect,
  stringRules: StringRules,
): Assignment[] => {
  const lexer = new Lexer(sql, dialect, FILE_START, stringRules)
  if (!lexer.nextCode() || !lexer.isKeyword('SET')) return []
  let scope = ''
  return partsOf(lexer).flatMap(part => {
    const operator = part.findIndex(token => OPERATORS.has(token.toLowerCase()))
    const target = part.slice(0, Math.max(operator, 0)).join(' ').toLowerCase().replace('@@', '@@ ')
    const [, variable, word = '', name] = TARGET.exec(target) ?? []
    if (variable === undefined && word !== '') scope = word
    const inForce = variable === undefined ? scope : word
    const isOfServer = inForce === 'global' || inForce.startsWith('persist')
    return name === undefined || isOfServer ? [] : [{ name, value: part.slice(operator + 1) }]
  })
}

/** The tokens behind SET, cut at the commas outside parentheses. */
const partsOf = (lexer: Lexer): string[][] => {
  const parts: string[][] = []
  let part: string[] = []
  let depth = 0
  while (lexer.nextCode()) {
    if (lexer.isOperator('(')) depth++
    else if (lexer.isOperator(')')) depth--
    if (depth === 0 && lexer.isOperator(',')) {
      parts.push(part)
      part = []
    } else part.push(lexer.text)
  }
  return [...parts, part]
}
