import { BatchQueryError } from '../errors/index.ts'
import {
  COMPRESSION_NAMES,
  type ColumnType,
  type CompressionName,
  DEFAULT_FORMAT,
  type FormatName,
  type InvalidDates,
  isFormatName,
  type RequestedType,
} from '../format/index.ts'
import type { StagedExport } from '../journal/index.ts'
import type { Progress } from '../run/index.ts'
import { extensionOf, maxPartitionsOf, parseType } from '../sql/index.ts'
import type { ExportWishes } from '../statements/export-task.ts'
import { type ExportStep, streamExport } from '../statements/run-export.ts'
import { stopOnAbort } from '../statements/session.ts'
import { abortError } from './errors.ts'
import type { ExportRun } from './export-run.ts'
import type { WatchedSession } from './watched-session.ts'

/** How `export` writes. Without an option, the export is as in the statement `SELECT ... INTO OUTFILE S3`. */
export interface ExportOptions {
  /**
   * TEXT writes the bytes of the server's own OUTFILE or COPY. CSV writes those of COPY CSV, with binary values as `\x` and hexadecimal
   * digits. JSON writes JSON Lines, an object for each row. PARQUET writes typed columns. @default 'TEXT'
   */
  readonly format?: FormatName
  /** Writes the names of the columns at the start of each part. @default false */
  readonly header?: boolean
  /**
   * Replaces an existing result at the destination once the new one is complete; 'partitions': only the partitions that the new result
   * has. @default false
   */
  readonly overwrite?: boolean | 'partitions'
  /** Writes `<prefix>.manifest` next to the parts; 'verbose': it also describes the columns. @default false */
  readonly manifest?: boolean | 'verbose'
  /**
   * Columns of the result whose values become folders, `<prefix>/<column>=<value>/part_00000`. @default - the result has no partitions
   */
  readonly partitionBy?: readonly string[]
  /** Whether the files have the columns of `partitionBy` too. @default false */
  readonly includePartitionColumns?: boolean
  /** The most partitions that the result may have, 1 to 1,000,000. @default 10000 */
  readonly maxPartitions?: number
  /** Writes one object with exactly the key of the destination. @default false */
  readonly single?: boolean
  /** What the names of the parts end in, such as 'csv'. @default - PARQUET: 'parquet'; JSON: 'json'; TEXT, CSV: none */
  readonly extension?: string
  /** CSV: begins each part with the byte order mark of UTF-8, by which Excel recognizes UTF-8. @default false */
  readonly bom?: boolean
  /**
   * The server converts all columns to it, except binary ones; not utf16, utf16le, ucs2 or utf32.
   * @default - TEXT: each column as it is stored; CSV, JSON: UTF-8
   */
  readonly characterSet?: string
  /**
   * ZSTD needs Node 22.15 or newer; SNAPPY is for PARQUET.
   * @default - TEXT, CSV, JSON: 'NONE'; PARQUET: 'ZSTD' if Node has it, else 'SNAPPY'
   */
  readonly compression?: CompressionName
  /**
   * The maximum size of a part: `256 MB`, `6.2 GB`; MB means 1024 * 1024 bytes. It counts the bytes before compression; for PARQUET those
   * of the file. @default - TEXT, CSV, JSON: '6 GB'; PARQUET: '256 MB'
   */
  readonly maxFileSize?: `${number} MB` | `${number} GB`
  /** PARQUET: how many bytes a row group has before compression, 4 to 512 MB. @default '64 MB' */
  readonly rowGroupSize?: `${number} MB`
  /**
   * PARQUET: the types that columns have in the file, by the exact name of the column: `{ id: 'INT64 NOT NULL', price: 'DECIMAL(10,2)' }`.
   * A value that its column's type cannot have exactly fails the export, and so does a NULL in a NOT NULL column.
   * @default - each column has the type that the server declares for it
   */
  readonly types?: Readonly<Record<string, ColumnType | `${ColumnType} NOT NULL`>>
  /**
   * PARQUET: what to do with a date that is in no calendar, such as 0000-00-00 or 2024-02-00: write NULL and count it, or fail.
   * @default - 'NULL' in columns that are dates in the database, 'ERROR' in columns that only `types` makes dates
   */
  readonly invalidDates?: 'NULL' | 'ERROR'
  /** Called after each block with the progress of the export; bytes are counted before compression. */
  readonly onProgress?: (progress: Progress) => void
  /** Ends the export, unless its publication has begun. */
  readonly signal?: AbortSignal
}

/** What `export` published. */
export interface ExportedResult {
  /** The run whose record contains the export. */
  readonly runId: string
  /** The destination, absolute. */
  readonly uri: string
  readonly rows: number
  /** As the store has them. */
  readonly bytes: number
  /** In order. `sha256` is in hexadecimal. */
  readonly parts: readonly ExportedPart[]
  /** The URI of the manifest; null without one. */
  readonly manifest: string | null
  /** How the bytes of the parts are compressed; for PARQUET, the bytes within them. */
  readonly compression: CompressionName
  /** For each column that has some, how many dates are in no calendar, such as 2024-02-00. PARQUET has NULL for them. */
  readonly invalidDates: readonly InvalidDates[]
}

export interface ExportedPart {
  readonly uri: string
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

/** Runs a planned export and records its end. @throws as `streamExport`; the error that stopped it */
export async function exportQuery(
  session: WatchedSession,
  { plan }: Pick<ExportStep, 'plan'>,
  run: ExportRun,
  { signal, onProgress }: { signal: AbortSignal; onProgress: ExportOptions['onProgress'] },
): Promise<ExportedResult> {
  const ended = AbortSignal.any([signal, run.stopped])
  const stopping = stopOnAbort(session, run.stopped, text => run.warn(text))
  let progress: Progress = { rows: 0, bytes: 0, parts: 0 }
  try {
    const staged = await streamExport(
      { plan, isLast: true },
      {
        session,
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
        warnings: given => {
          for (const { code, message } of given) run.warn(`${message} (${code})`)
        },
      },
    )
    await run.finish(null)
    return resultOf(staged, run.id)
  } catch (thrown) {
    const error = ended.aborted ? abortError(ended.reason) : BatchQueryError.from(thrown)
    await run.finish(error)
    throw error
  } finally {
    await stopping.done()
  }
}

function resultOf(staged: StagedExport, runId: string): ExportedResult {
  const { uri, rows, bytes, parts, manifest, compression = 'NONE', invalidDates = [] } = staged
  return {
    runId,
    uri,
    rows,
    bytes,
    parts: parts.map(part => ({ uri: part.uri, rows: part.rows, bytes: part.bytes, sha256: part.sha256 })),
    manifest,
    compression,
    invalidDates,
  }
}

/** Checks the options, because their values become a part of a statement. @throws USAGE */
export function wishesOf(to: string, options: ExportOptions): ExportWishes {
  const { format = DEFAULT_FORMAT, header = false, bom = false } = options
  const { characterSet, compression, maxFileSize, rowGroupSize, invalidDates } = options
  const wrong =
    (!isFormatName(format) && 'format') ||
    (characterSet !== undefined && !/^\w+$/.test(characterSet) && 'characterSet') ||
    (compression !== undefined && !COMPRESSION_NAMES.includes(compression) && 'compression') ||
    (maxFileSize !== undefined && !/^[\d.]+ [MG]B$/.test(maxFileSize) && 'maxFileSize') ||
    (rowGroupSize !== undefined && !/^[\d.]+ MB$/.test(rowGroupSize) && 'rowGroupSize') ||
    (invalidDates !== undefined && !['NULL', 'ERROR'].includes(invalidDates) && 'invalidDates') ||
    wrongDatasetOption(options)
  if (wrong)
    throw new BatchQueryError(
      'USAGE',
      `the option ${wrong} of export has a value that export does not accept`,
      {
        hint: "Write format: 'CSV', characterSet: 'utf8mb4', compression: 'GZIP', maxFileSize: '256 MB', rowGroupSize: '64 MB', invalidDates: 'ERROR'.",
      },
    )
  return {
    ...{ to, format, header, bom, characterSet, compression, maxFileSize, rowGroupSize },
    ...{ types: typesOf(options.types ?? {}), invalidDates },
    ...datasetWishes(options),
  }
}

/** The name of an option with a value that it cannot have; null if there is none. */
function wrongDatasetOption(options: ExportOptions): string | null {
  const { overwrite = false, manifest = false, partitionBy, maxPartitions, extension } = options
  const isList = partitionBy === undefined || (Array.isArray(partitionBy) && partitionBy.length > 0)
  return (
    (![true, false, 'partitions'].includes(overwrite) && 'overwrite') ||
    (![true, false, 'verbose'].includes(manifest) && 'manifest') ||
    ((!isList || new Set(partitionBy).size !== (partitionBy?.length ?? 0)) && 'partitionBy') ||
    (maxPartitions !== undefined && maxPartitionsOf(maxPartitions) === null && 'maxPartitions') ||
    (extension !== undefined && extensionOf(extension) === null && 'extension') ||
    null
  )
}

/** The wishes of these options, in the words of the statement. */
export function datasetWishes(options: ExportOptions) {
  const { overwrite = false, manifest = false, partitionBy, maxPartitions, single, extension } = options
  return {
    overwrite: overwrite === 'partitions' ? 'PARTITIONS' : overwrite ? 'ON' : 'OFF',
    manifest: manifest === 'verbose' ? 'VERBOSE' : manifest ? 'ON' : 'OFF',
    partitionBy: partitionBy && {
      columns: partitionBy,
      include: options.includePartitionColumns ?? false,
    },
    maxPartitions,
    single,
    extension: extension === undefined ? undefined : (extensionOf(extension) ?? undefined),
  } as const
}

/** @throws USAGE */
const typesOf = (types: Readonly<Record<string, string>>): readonly RequestedType[] =>
  Object.entries(types).map(([column, text]) => {
    try {
      return { column, ...parseType(`${text}`) }
    } catch (cause) {
      const { message, hint } = BatchQueryError.from(cause)
      const what = `the option types of export has ${JSON.stringify(text)} for the column ${JSON.stringify(column)}`
      throw new BatchQueryError('USAGE', `${what}: ${message}`, { cause, hint: hint ?? '' })
    }
  })
