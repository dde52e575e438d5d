import { BatchQueryError } from '../../errors/index.ts'
import type { Dialect } from '../dialects/index.ts'
import { headerComments } from '../header-comments.ts'
import { excerpt } from '../syntax-error.ts'
import { PARAMETER_NAME, PARAMETER_TYPES, type ParameterDeclaration, parameterType } from './declaration.ts'
import { readValue } from './value.ts'

/** The declarations of a task before its first statement. */
export interface TaskDirectives {
  /** `-- @param day date = 2026-11-23`, in the order of the file. */
  readonly parameters: readonly ParameterDeclaration[]
  /** `-- @database main`. */
  readonly database: string | null
  /** `-- @timeout 2h`, as written. */
  readonly timeout: string | null
}

const PARAM_FORM = `-- @param NAME [${PARAMETER_TYPES.join('|')}][[]] [= default]`
const HINT = `Write ${PARAM_FORM}, -- @database NAME or -- @timeout 2h.`

const DIRECTIVE = /^@([A-Za-z_][\w-]*)(.*)$/s
/** The text before the `=`. */
const PARAM = /^(\S+)(?:\s+([A-Za-z]+)\s*(\[\s*\])?)?$/
/** The directives with one value, and the form of it. A duration may have a space before its unit. */
const SINGLE_VALUES = new Map([
  ['database', /^\S+$/],
  ['timeout', /^\S+(?: \S+)?$/],
])

/**
 * Reads the directives: the lines `-- @word ..` before the first statement. A comment that does not begin with `@` and a letter is a comment
 * like any other. An unknown word is an error, because it may be misspelled.
 *
 * @throws BatchQueryError SQL_SYNTAX, with the line
 */
export const readDirectives = (sql: string, dialect: Dialect): TaskDirectives => {
  const parameters = new Map<string, ParameterDeclaration>()
  const settings = new Map<string, string>()
  for (const { text, line } of headerComments(sql, dialect)) {
    const [, directive, rest = ''] = DIRECTIVE.exec(text) ?? []
    if (directive === undefined) continue
    const argument = rest.trim()
    if (directive === 'param') {
      const declaration = readDeclaration(argument, line, dialect)
      if (parameters.has(declaration.name)) throw repeated(line, `@param ${declaration.name}`)
      parameters.set(declaration.name, declaration)
    } else {
      if (settings.has(directive)) throw repeated(line, `@${directive}`)
      settings.set(directive, readSingleValue(directive, argument, line))
    }
  }
  return {
    parameters: [...parameters.values()],
    database: settings.get('database') ?? null,
    timeout: settings.get('timeout') ?? null,
  }
}

const readSingleValue = (directive: string, argument: string, line: number): string => {
  const form = SINGLE_VALUES.get(directive)
  if (form === undefined) {
    const message = `unknown directive ${excerpt(`@${directive}`)}`
    throw refused(line, message, `${HINT} Do not begin any other comment with @.`)
  }
  if (form.test(argument)) return argument
  throw refused(line, `expected one value after @${directive}, found ${excerpt(argument)}`, HINT)
}

const readDeclaration = (argument: string, line: number, dialect: Dialect): ParameterDeclaration => {
  const equals = argument.indexOf('=')
  const declared = equals < 0 ? argument : argument.slice(0, equals).trimEnd()
  const rest = equals < 0 ? undefined : argument.slice(equals + 1)
  const [, name, typeWord = 'text', brackets] = PARAM.exec(declared) ?? []
  if (name === undefined) throw refused(line, `cannot read @param ${excerpt(argument)}`)
  if (!PARAMETER_NAME.test(name)) {
    const message = `${excerpt(name)} is not a valid parameter name (letters, digits and _, and no digit first)`
    throw refused(line, message)
  }
  const type = parameterType(typeWord)
  if (type === null) throw refused(line, `parameter ${name}: unknown type ${excerpt(typeWord)}`)
  const declaration = { name, type, isList: brackets !== undefined, defaultText: null, line }
  return rest === undefined
    ? declaration
    : { ...declaration, defaultText: readDefault(rest, declaration, dialect) }
}

const readDefault = (rest: string, declaration: ParameterDeclaration, dialect: Dialect): string => {
  const { name, type, line } = declaration
  if (type === 'secret') {
    const hint = 'Remove the default, and pass the value when you run the task.'
    throw refused(line, `parameter ${name}: a task cannot contain a secret as its default`, hint)
  }
  const text = unquote(rest.trim())
  if (text === null) {
    const message = `parameter ${name}: expected a default after =, found ${excerpt(rest.trim())}`
    throw refused(line, message, "Write = and bare text, or = 'text' with '' for a quote inside.")
  }
  const value = readValue(declaration, text, dialect)
  if ('items' in value) return text
  throw refused(line, `the default of parameter ${name}: expected ${value.expected}, found ${value.found}`)
}

/** Bare text, or a string of SQL. Null for a string that does not end with the line, and for an empty text. */
const unquote = (text: string): string | null => {
  if (!text.startsWith("'")) return text === '' ? null : text
  const inner = text.slice(1, -1)
  const isClosed = text.length > 1 && text.endsWith("'") && !inner.replaceAll("''", '').includes("'")
  return isClosed ? inner.replaceAll("''", "'") : null
}

const refused = (line: number, message: string, hint = `Write ${PARAM_FORM}.`): BatchQueryError =>
  new BatchQueryError('SQL_SYNTAX', `line ${line}: ${message}`, { hint })

const repeated = (line: number, directive: string): BatchQueryError =>
  refused(line, `${directive} appears a second time`, 'Remove one of the two.')
