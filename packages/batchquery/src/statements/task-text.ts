import { parseDatabaseUrl } from '../database/url.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { TaskSource } from '../run/index.ts'
import { type Dialect, isSecret, readDirectives, type TaskDirectives } from '../sql/index.ts'

const NO_DIRECTIVES: TaskDirectives = { parameters: [], database: null, timeout: null }

/**
 * The text of a SQL task and its directives. Only `read` makes one, and it parses the directives, so a process parses them once for each
 * task that it reads. `SqlTask` reads the statements.
 */
export class TaskText {
  readonly text: string
  /** The dialect of the task's database. */
  readonly dialect: Dialect
  /** None if they cannot be read. */
  readonly directives: TaskDirectives
  /** Why the directives cannot be read; null if they can. */
  readonly refusal: BatchQueryError | null

  /** @param earlier the directives as another dialect reads them */
  private constructor(text: string, dialect: Dialect, earlier: TaskDirectives) {
    this.text = text
    this.dialect = dialect
    try {
      this.directives = readDirectives(text, dialect)
      this.refusal = null
    } catch (thrown) {
      this.directives = earlier
      this.refusal = BatchQueryError.from(thrown)
    }
  }

  /**
   * Reads the directives in the dialect of the configured database. If `-- @database` names a database of another dialect, that dialect
   * decides what a comment and a default are, so it reads them again.
   *
   * @param urlOf returns the URL of the database for the name in `-- @database`, or for null without one
   * @throws as `urlOf`; CONFIG for an invalid URL
   */
  static read(text: string, urlOf: (named: string | null) => string): TaskText {
    const dialectOf = (named: string | null): Dialect => parseDatabaseUrl(urlOf(named)).dialect
    const first = new TaskText(text, dialectOf(null), NO_DIRECTIVES)
    const dialect = dialectOf(first.directives.database)
    return dialect === first.dialect ? first : new TaskText(text, dialect, first.directives)
  }

  /** @throws SQL_SYNTAX if the directives cannot be read */
  checked(): this {
    if (this.refusal !== null) throw this.refusal
    return this
  }

  /** Whether the task declares the parameter as a secret. */
  readonly isSecret = (name: string): boolean => isSecret(this.directives.parameters, name)
}

/**
 * Decodes the file of a SQL task.
 *
 * @param named the task as the user knows it, for messages
 * @throws TASK_INVALID
 */
export function decodeTask({ files: [file] }: TaskSource, named: string): string {
  const bytes = file?.bytes ?? new Uint8Array()
  const invalid = (why: string, hint: string) =>
    new BatchQueryError('TASK_INVALID', `the task ${named} ${why}`, { hint })
  if (bytes.length === 0) throw invalid('is empty', 'Write at least one SQL statement into it.')
  if (bytes.includes(0)) throw invalid('is a binary file', 'Write the task as text in UTF-8.')
  const text = decoded(bytes)
  if (text === null) throw invalid('is not UTF-8', 'Save it in UTF-8.')
  // MySQL would take everything after a comment for a part of it.
  if (/\r\s*\S/.test(text) && !text.includes('\n'))
    throw invalid('has lines that end in CR only', "Save it with line feeds: tr '\\r' '\\n'.")
  return text
}

/** Removes a byte order mark. Null if the bytes are not UTF-8. */
function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
