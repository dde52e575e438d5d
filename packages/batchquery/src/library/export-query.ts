import { BatchQueryError } from '../errors/index.ts'
import { type Places, planExport, resolveDestination, runExport } from '../export/index.ts'
import { DEFAULT_FORMAT, type FormatName, isFormatName } from '../format/index.ts'
import type { StagedExport } from '../journal/index.ts'
import type { Progress } from '../run/index.ts'
import type { SqlDialect, Statement } from '../sql/index.ts'
import { type ExportWishes, writeTask } from '../statements/export-task.ts'
import { abortError } from './errors.ts'
import type { ExportRun } from './export-run.ts'
import { exportStatement } from './export-statement.ts'
import type { WatchedSession } from './watched-session.ts'

/** How `export` writes. Everything that is left out is as in the statement `SELECT ... INTO OUTFILE S3`. */
export interface ExportOptions {
  /**
   * TEXT: the bytes of the server's own OUTFILE or COPY. CSV: those of COPY CSV, binary values as `\x` and hexadecimal
   * digits. @default 'TEXT'
   */
  readonly format?: FormatName
  /** The names of the columns stand first in every part. @default false */
  readonly header?: boolean
  /** Replaces a result that stands at the destination, once the new one is complete. @default false */
  readonly overwrite?: boolean
  /** Writes `<prefix>.manifest` beside the parts. @default false */
  readonly manifest?: boolean
  /** The server converts all but binary columns to it; not utf16, utf16le, ucs2 or utf32. @default - TEXT: every column as it is stored; CSV: UTF-8 */
  readonly characterSet?: string
  /** ZSTD needs Node 22.15 or newer. @default 'NONE' */
  readonly compression?: 'NONE' | 'GZIP' | 'ZSTD'
  /** How long a part may become, before compression: `256 MB`, `6.2 GB`; MB means 1024 * 1024 bytes. @default '6 GB' */
  readonly maxFileSize?: `${number} MB` | `${number} GB`
  /** Hears how far the export is, after every block; bytes are counted before compression. */
  readonly onProgress?: (progress: Progress) => void
  /** Ends the export, unless its publication has begun. */
  readonly signal?: AbortSignal
}

/** What `export` has published. */
export interface ExportedResult {
  /** The run whose record has the export. */
  readonly runId: string
  /** The destination, absolute. */
  readonly uri: string
  readonly rows: number
  /** As they are in the store. */
  readonly bytes: number
  /** In order. `sha256` is in hexadecimal. */
  readonly parts: readonly ExportedPart[]
  /** Its URI, null without. */
  readonly manifest: string | null
}

export interface ExportedPart {
  readonly uri: string
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

/**
 * How a query is exported, and the task that exports it so when it is run again.
 *
 * @throws USAGE, SQL_SYNTAX, UNSUPPORTED_CLAUSE, KEY_INVALID: nothing is begun yet
 */
export function planned(
  query: Statement,
  to: string,
  options: ExportOptions,
  { dialect, places }: { dialect: SqlDialect; places: Places },
) {
  const wishes = wishesOf(to, options)
  const statement = exportStatement(query, dialect, wishes)
  const plan = planExport(statement, resolveDestination(statement.destination, places))
  return { plan, task: () => writeTask(query.text, wishes) }
}

/** Runs an export that is planned, and writes down its end. @throws as `runExport`; what ends it from outside */
export async function exportQuery(
  session: WatchedSession,
  { plan }: Pick<ReturnType<typeof planned>, 'plan'>,
  run: ExportRun,
  { signal, onProgress }: { signal: AbortSignal; onProgress: ExportOptions['onProgress'] },
): Promise<ExportedResult> {
  const ended = AbortSignal.any([signal, run.stopped])
  const stop = (): void => {
    session.cancel().catch(thrown => run.warn(notStopped(session.id, thrown)))
  }
  run.stopped.addEventListener('abort', stop)
  let progress: Progress = { rows: 0, bytes: 0, parts: 0 }
  try {
    const { staged, warnings } = await runExport(session, plan, {
      runId: run.id,
      journal: run.journal,
      progress: (rows, bytes, parts) => {
        run.addProgress({ rows, bytes, parts })
        progress = {
          rows: progress.rows + rows,
          bytes: progress.bytes + bytes,
          parts: progress.parts + parts,
        }
        onProgress?.(progress)
      },
      signal: ended,
      warn: text => run.warn(text),
      isLast: true,
    })
    for (const { code, message } of warnings) run.warn(`${message} (${code})`)
    await run.finish(null)
    return resultOf(staged, run.id)
  } catch (thrown) {
    const error = ended.aborted ? abortError(ended.reason) : BatchQueryError.from(thrown)
    await run.finish(error)
    throw error
  } finally {
    run.stopped.removeEventListener('abort', stop)
  }
}

const resultOf = ({ uri, rows, bytes, parts, manifest }: StagedExport, runId: string): ExportedResult => ({
  runId,
  uri,
  rows,
  bytes,
  parts: parts.map(part => ({ uri: part.uri, rows: part.rows, bytes: part.bytes, sha256: part.sha256 })),
  manifest,
})

const notStopped = (id: string, thrown: unknown): string =>
  `the statement of session ${id} could not be stopped, and may still run: ${BatchQueryError.from(thrown).message}`

/** What the options say becomes a part of a statement: nothing but what they may say. @throws USAGE */
function wishesOf(to: string, options: ExportOptions): ExportWishes {
  const { format = DEFAULT_FORMAT, header = false, overwrite = false, manifest = false } = options
  const { characterSet, compression, maxFileSize } = options
  const wrong =
    (!isFormatName(format) && 'format') ||
    (characterSet !== undefined && !/^\w+$/.test(characterSet) && 'characterSet') ||
    (compression !== undefined && !['NONE', 'GZIP', 'ZSTD'].includes(compression) && 'compression') ||
    (maxFileSize !== undefined && !/^[\d.]+ [MG]B$/.test(maxFileSize) && 'maxFileSize')
  if (wrong)
    throw new BatchQueryError('USAGE', `the option ${wrong} of export has no such value`, {
      hint: "Write format: 'CSV', characterSet: 'utf8mb4', compression: 'GZIP', maxFileSize: '256 MB'.",
    })
  return { to, format, header, overwrite, manifest, characterSet, compression, maxFileSize }
}
