import { type Dialect, wordsOf } from './dialects/index.ts'
import { Lexer } from './lexer.ts'
import type { StringRules } from './lexical-rules.ts'
import { FILE_START } from './position.ts'
import { skipToFor } from './statement-kind.ts'

/** `SET name = value` of the session itself. */
export interface Assignment {
  /** In lower case, without scope and quotes. */
  readonly name: string
  /** The tokens of the value. */
  readonly value: readonly string[]
  /** It is part of a comment such as `/*!50003 ..`, which a server of another version ignores. */
  readonly isConditional: boolean
}

/** The tokens between two commas. */
interface Part {
  readonly tokens: string[]
  isConditional: boolean
}

/** `sql_mode`, `session sql_mode`, `@@sql_mode`, `@@session.sql_mode`, `local standard_conforming_strings`. */
const TARGET = /^(@@ ?)?(?:(session|local|global|persist|persist_only) (?:\. )?)?["`]?([a-z_]+)["`]?$/
const OPERATORS = new Set(['=', ':=', 'to'])

/**
 * Reads a SET statement, also one after MariaDB's `SET STATEMENT ... FOR`; empty for any other statement. It leaves out assignments
 * for the whole server.
 *
 *     SET sql_mode = '', SESSION x := 1, @@session.y = 2     a scope word covers the names after it as well
 *     SET LOCAL standard_conforming_strings TO off
 *
 * https://dev.mysql.com/doc/refman/8.4/en/set-variable.html, https://www.postgresql.org/docs/current/sql-set.html
 */
export const readSetStatement = (sql: string, dialect: Dialect, stringRules: StringRules): Assignment[] => {
  const lexer = new Lexer(sql, dialect, FILE_START, stringRules)
  do {
    if (!lexer.nextCode() || !lexer.isKeyword('SET') || !lexer.nextCode()) return []
  } while (wordsOf(dialect).hasSetStatementFor && lexer.isKeyword('STATEMENT') && skipToFor(lexer))
  let scope = ''
  return partsOf(lexer).flatMap(({ tokens, isConditional }) => {
    const operator = tokens.findIndex(token => OPERATORS.has(token.toLowerCase()))
    const target = tokens.slice(0, Math.max(operator, 0)).join(' ').toLowerCase().replace('@@', '@@ ')
    const [, variable, word = '', name] = TARGET.exec(target) ?? []
    if (variable === undefined && word !== '') scope = word
    const inForce = variable === undefined ? scope : word
    const isForServer = inForce === 'global' || inForce.startsWith('persist')
    return name === undefined || isForServer
      ? []
      : [{ name, value: tokens.slice(operator + 1), isConditional }]
  })
}

/** The tokens from the lexer's on, cut at the commas outside parentheses. */
const partsOf = (lexer: Lexer): Part[] => {
  const parts: Part[] = []
  let part: Part = { tokens: [], isConditional: false }
  let depth = 0
  do {
    if (lexer.isOperator('(')) depth++
    else if (lexer.isOperator(')')) depth--
    if (depth === 0 && lexer.isOperator(',')) {
      parts.push(part)
      part = { tokens: [], isConditional: false }
    } else {
      part.tokens.push(lexer.text)
      part.isConditional ||= lexer.inExecutableComment
    }
  } while (lexer.nextCode())
  return [...parts, part]
}
