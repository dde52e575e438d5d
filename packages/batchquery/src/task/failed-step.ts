import { BatchQueryError } from '../errors/index.ts'
import { type Dialect, exportHint } from '../sql/index.ts'
import type { Step } from '../statements/sql-task.ts'

/** The error of a statement, with its number and its line, and with a hint where the server has none for what was meant. */
export function failedStep(
  { number, statement, exported }: Step,
  dialect: Dialect,
  thrown: unknown,
): BatchQueryError {
  const { code, message, hint, retryable, exitCode } = BatchQueryError.from(thrown)
  const meant = exported === null ? exportHint(statement, dialect, message) : null
  return new BatchQueryError(code, `statement ${number} (line ${statement.line}): ${message}`, {
    hint: meant ?? hint ?? 'Correct the statement, then run it again.',
    cause: thrown,
    retryable,
    exitCode,
  })
}
