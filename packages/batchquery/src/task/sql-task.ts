import type { Dialect } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type Places, planExport, resolveDestination } from '../export/index.ts'
import { parseDuration } from '../platform/index.ts'
import {
  bindParameters,
  type ExportStatement,
  parseExport,
  readDirectives,
  type Statement,
  type StringRules,
  secretSpellings,
  splitStatements,
  substitute,
  usedParameters,
} from '../sql/index.ts'

/** A statement of a task, its parameters replaced by literals. */
export interface Step {
  /** From 1. */
  readonly number: number
  readonly statement: Statement
  /** Null where it is no export. */
  readonly exported: ExportStatement | null
  readonly isLast: boolean
}

/** A SQL task, read as a whole. */
export interface SqlTask {
  readonly steps: readonly Step[]
  /** `-- @timeout`, null without. */
  readonly timeoutSeconds: number | null
  /** How the values of secret parameters look wherever they may appear. */
  readonly secrets: ReadonlyMap<string, readonly string[]>
}

export interface SqlTaskOptions {
  readonly dialect: Dialect
  /** The parameters as they were given, by name. */
  readonly given: Readonly<Record<string, string>>
  readonly places: Places
  /** How the session reads strings. @default - as a server that nobody has configured otherwise */
  readonly stringRules?: StringRules
}

/**
 * Reads a task: directives, statements, parameters, exports. Connects to nothing; what is wrong with the task shows
 * here, before it has changed anything.
 *
 * @throws SQL_SYNTAX, TASK_INVALID, MISSING_PARAMETER, USAGE, UNSUPPORTED_CLAUSE, KEY_INVALID
 */
export function readSqlTask(text: string, { dialect, given, places, stringRules }: SqlTaskOptions): SqlTask {
  const directives = readDirectives(text, dialect)
  const statements = splitStatements(text, dialect, stringRules)
  if (statements.length === 0)
    throw new BatchQueryError('TASK_INVALID', 'the task has no statement', {
      hint: 'Write at least one SQL statement into it.',
    })
  const needs = { declarations: directives.parameters, used: usedParameters(statements, dialect), dialect }
  const values = bindParameters(needs, given)
  const steps = statements.map((written, at) => {
    const statement = substitute(written, values, dialect)
    const exported = parseExport(statement, dialect)
    if (exported !== null) planExport(exported, resolveDestination(exported.destination, places))
    return { number: at + 1, statement, exported, isLast: at === statements.length - 1 }
  })
  return {
    steps,
    timeoutSeconds: directives.timeout === null ? null : parseDuration(directives.timeout),
    secrets: secretSpellings(values, dialect),
  }
}
