import { BatchQueryError, type ErrorCode } from '../../errors/index.ts'
import { badValueError } from './bad-values.ts'

interface Rule {
  readonly begins: string
  readonly code: ErrorCode
  readonly hint: string
}

/** By the beginning of DuckDB's messages, which mostly is the class of the error. */
const RULES: readonly Rule[] = [
  {
    begins: 'Parser Error: Expected a single SELECT',
    code: 'QUERY_FAILED',
    hint: 'Export a SELECT; run other statements on their own before it.',
  },
  {
    begins: 'Invalid Input Error: Cannot prepare multiple statements',
    code: 'QUERY_FAILED',
    hint: 'Export one SELECT. If it is a PIVOT, name its values: PIVOT … ON column IN (…).',
  },
  {
    begins: 'Catalog Error',
    code: 'QUERY_FAILED',
    hint: 'Check the name. SHOW ALL TABLES lists the tables.',
  },
  {
    begins: 'Permission Error',
    code: 'PERMISSION',
    hint: 'Check the settings of DuckDB: one forbids this, for instance enable_external_access, which every export needs.',
  },
  {
    begins: 'Out of Memory Error',
    code: 'QUERY_FAILED',
    hint: 'Use a machine with more memory, or raise memory_limit with SET.',
  },
  { begins: 'FATAL Error', code: 'DATABASE_LOST', hint: 'Run again. DuckDB has closed the database.' },
]

/** The error of a statement. */
export function statementError(thrown: unknown): BatchQueryError {
  if (thrown instanceof BatchQueryError) return thrown
  if (!isDuckdbError(thrown)) return BatchQueryError.from(thrown)
  const refused = badValueError(thrown)
  if (refused !== null) return refused
  const rule = RULES.find(({ begins }) => thrown.message.startsWith(begins))
  const message = `the database refused the statement: ${inOneLine(thrown.message)}`
  return new BatchQueryError(rule?.code ?? 'QUERY_FAILED', message, {
    cause: thrown,
    ...(rule === undefined ? {} : { hint: rule.hint }),
  })
}

/** The error of opening the file at `path`. */
export function openError(thrown: unknown, path: string): BatchQueryError {
  if (thrown instanceof BatchQueryError) return thrown
  const message = thrown instanceof Error ? inOneLine(thrown.message) : String(thrown)
  const holder = lockHolder(thrown)
  if (holder !== null)
    return new BatchQueryError('DATABASE_LOCKED', `${holder} has ${path} open`, {
      cause: thrown,
      hint: 'Wait until that process ends, or stop it; then run again. Only one process at a time can open a DuckDB file.',
    })
  if (/permission denied|not permitted|read-only file system|EACCES|EPERM|EROFS/i.test(message))
    return new BatchQueryError('PERMISSION', `cannot open ${path} for writing: ${message}`, {
      cause: thrown,
      hint: 'Check the owner and the mode of the file and its folder, because DuckDB writes to both. Or choose another path.',
    })
  return new BatchQueryError('CONFIG', `cannot open ${path} as a DuckDB database: ${message}`, {
    cause: thrown,
    hint: 'Name the path of a DuckDB file, or of a file that does not exist yet.',
  })
}

/** The other process that has the file open, if `thrown` names one. */
export function lockHolder(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !/set lock on file/i.test(thrown.message)) return null
  const found = /held in (.+?) \(PID (\d+)\)/.exec(thrown.message)
  return found === null ? 'another process' : `process ${found[2]} (${found[1]})`
}

export function cancelled(cause?: unknown): BatchQueryError {
  return new BatchQueryError('CANCELLED', 'the statement was cancelled', { cause })
}

/** DuckDB throws plain errors with messages such as `Catalog Error: Table with name t does not exist!`. */
const isDuckdbError = (thrown: unknown): thrown is Error =>
  thrown instanceof Error && /^[\w -]+ Error: /.test(thrown.message)

/**
 * The message without the excerpt of the statement that DuckDB draws below it. Only the line number of the excerpt
 * stays, unless it is 1: a statement that batchquery made around the task's own is a single line.
 */
function inOneLine(message: string): string {
  const [text, excerpt] = message.split(/\n+(?=LINE \d+:)/)
  const line = /^LINE (\d+):/.exec(excerpt ?? '')?.[1] ?? '1'
  const flat = text.replace(/\s*\n\s*\^?\s*/g, ' ').trim()
  return line === '1' ? flat : `${flat} (line ${line})`
}
