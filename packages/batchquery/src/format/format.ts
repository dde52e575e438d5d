import type { BlockOutput } from './blocks/block.ts'
import type { ClauseName, CompressionName, FormatClauses, RequestedType } from './clauses.ts'
import type { CharacterEncoding, TypedColumn } from './column.ts'
import type { Encoder } from './encoder.ts'

/** How rows become the bytes of a part. A format is a folder here and a line in the registry (`index.ts`). */
export interface Format {
  /** The word after FORMAT in a statement, and in records. Upper case. */
  readonly name: string
  /** Its names in other systems, and misspellings. An error asks whether the user meant this format. */
  readonly otherNames: readonly string[]
  /** The word after `--format` on the command line. */
  readonly option: string
  /** Ends of file names that say this format, with their dots. */
  readonly endings: readonly string[]
  /** The end of a part's name, before the extension of the compression. Empty for Aurora's own names. */
  readonly extension: string
  readonly mediaType: string
  /** The clauses that it allows. */
  readonly clauses: readonly ClauseName[]
  /** Whether COMPRESSION means bytes inside of a part, whose name then does not end in `.gz` or `.zst`. */
  readonly compressesInside: boolean
  /** How many bytes a part has at most without MAXFILESIZE. */
  readonly defaultPartBytes: number
  /** Reads parts that describe themselves. Null if a part is its rows and nothing else, so that parts one after the other are a whole. */
  readonly reader: PartReader | null

  /**
   * Decides how the rows of one export are written.
   *
   * @throws UNSUPPORTED_CLAUSE for a clause or a value of one that this format does not have, or if the memory does not suffice
   */
  plan(clauses: FormatClauses, host?: Host): FormatPlan
}

/** The process that writes the rows. */
export interface Host {
  /** Whether it is not this process: it may have another version of Node. */
  readonly isElsewhere: boolean
  /** How much memory it may use. Infinity if that is not known. */
  readonly memoryBytes: number
}

/** This process, if its memory is of no concern. */
export const THIS_PROCESS: Host = { isElsewhere: false, memoryBytes: Number.POSITIVE_INFINITY }

/** Reads `length` bytes of a part from `offset` on: fewer if the part ends before. */
export type ReadRange = (offset: number, length: number) => Promise<Buffer>

/** The size of a part, as it was published. */
export interface PartSize {
  readonly rows: number
  readonly bytes: number
}

/** Reads a part back. Its methods throw VERIFICATION, without the name of the part, if its bytes are not such a part. */
export interface PartReader {
  describe(bytes: number, read: ReadRange): Promise<PartDescription>
  /** Begins a check of all bytes. It reads a few of them first, out of order. */
  check(part: PartSize, read: ReadRange): Promise<PartCheck>
}

/** The content of a part, as the part says it. */
export interface PartDescription {
  readonly columns: readonly PartColumn[]
  /** One for each column. */
  readonly statistics: readonly ColumnStatistics[]
  /** The id of the run that wrote it; null if the part does not say it. */
  readonly runId: string | null
}

/** A column of a part, with its type in the words of the format. */
export interface PartColumn {
  readonly name: string
  readonly type: string
}

/** The values of a column of a part, as the part says it. */
export interface ColumnStatistics {
  /** How many of them are NULL; null if the part does not say it. */
  readonly nulls: number | null
  /** The least and the greatest value as text. Null if the part does not have them, or if they have no text. */
  readonly min: string | null
  readonly max: string | null
}

/** A check of a part while its bytes pass. After a method threw an error, no other method may be called. */
export interface PartCheck {
  readonly columns: readonly PartColumn[]
  /** One for each column. */
  readonly statistics: readonly ColumnStatistics[]
  /** Takes the next bytes, from the start of the part on. @throws VERIFICATION */
  add(bytes: Uint8Array): void
  /** Must be called after the last byte. @throws VERIFICATION */
  end(): void
}

/** How the rows of one export are written. It holds a function: another thread or machine plans again from name and clauses. */
export interface FormatPlan {
  /** For messages and records. */
  readonly name: string
  readonly extension: string
  /**
   * Which text the encoder needs. `stored`: the bytes that the server has, so each column may have a character set of its own,
   * and a BLOB is what the server prints. `utf8`: all text in UTF-8 (or in `characterSet`), and bytes that only come as text
   * come as `\x` and hexadecimal digits. `typed`: each column says in `exact` what its values are and how they arrive.
   */
  readonly text: 'stored' | 'utf8' | 'typed'
  /**
   * For typed columns: whether the encoder writes values as text, so that a driver sends the text of a value (the wire forms `text`, `raw`
   * and `base64`) unless that text loses something. @default false
   */
  readonly prefersText?: boolean
  /** The clause TYPES, which a driver applies to its columns. @default - none */
  readonly types?: readonly RequestedType[]
  /**
   * The columns that decide the partition of a row, if the encoder writes partitions. Then a driver describes each column in `exact`, also for
   * text. @default - the encoder writes no partitions
   */
  readonly partitionBy?: readonly string[]
  /**
   * For a database that writes files of this format itself: how it must divide the rows. It makes the files of one partition after the other.
   *
   * @throws what `encoder` throws for columns that decide no partition
   * @default - the encoder writes no partitions
   */
  readonly divideFiles?: (columns: readonly TypedColumn[]) => FileDivision
  /** The clause CHARACTER SET: the server converts all but binary columns to it. Null without the clause. */
  readonly characterSet: string | null
  /**
   * The compression that the encoder itself applies, within a part. Null if a part is compressed as a whole, by the stage; 'default' if
   * the process that writes the rows chooses it.
   */
  readonly codec: CompressionName | 'default' | null
  /** How many raw column bytes a row group has at most. Null for a format without row groups. */
  readonly rowGroupBytes: number | null
  /** Whether the memory is too small for row groups of this size, so that they get smaller. */
  readonly isShortOfMemory: boolean
  /** Describes the bytes if they are delimited text, which a server may be able to write itself. Null for other formats. */
  readonly delimited: DelimitedText | null

  /**
   * For a driver that knows the columns before the query runs.
   *
   * @throws what `encoder` throws for columns that it cannot write
   * @default - it can write all columns
   */
  readonly check?: (columns: readonly TypedColumn[]) => void

  /**
   * For a database that can write files of this format itself.
   *
   * @throws UNSUPPORTED_CLAUSE for a clause that only the encoder can follow
   * @default - no database can
   */
  readonly writtenFiles?: (output: BlockOutput, origin?: Origin) => WrittenFiles

  /**
   * Makes the encoder of a result.
   *
   * @param session how the session treats text @default - in UTF-8, a backslash escapes
   * @param origin for a format that describes the result in its parts @default - it says nothing about it
   * @throws UNSUPPORTED_CLAUSE, USAGE if these columns cannot be written so
   */
  encoder(
    columns: readonly TypedColumn[],
    output: BlockOutput,
    session?: SessionText,
    origin?: Origin,
  ): Encoder
}

/** How the rows of a result are divided into the files of partitions. */
export interface FileDivision {
  /** The places of the partition columns among those of the result, in the order of the clause. */
  readonly by: readonly number[]
  /** The places of the columns that the files have. */
  readonly kept: readonly number[]
  /**
   * Returns the path of a partition, as `Block.partition` has it. Call it for the partitions in the order in which they appear.
   *
   * @param places of start and end of the values of the columns `by`, in their wire forms. -1 for NULL
   * @param row of the result that is its first one, from 1 on
   * @throws QUERY_FAILED for a value that cannot be in a path, or for too many partitions
   */
  readonly pathOf: (source: Buffer, places: Int32Array, row: number) => string
}

/** How a database writes the rows of an export by itself: one file after the other, each with the row group of one part. */
export interface WrittenFiles {
  readonly format: 'parquet'
  readonly codec: CompressionName
  /** The most rows of a file. */
  readonly fileRows: number
  readonly joiner: FileJoiner
}

/** Makes parts of files that a database wrote. */
export interface FileJoiner {
  /**
   * Takes the next file. Resolves when its bytes are in blocks, which may have to wait for buffers; after `discard` at once.
   *
   * @param pieces the bytes of the file, in order
   * @throws VERIFICATION if it is not such a file
   */
  add(pieces: readonly Buffer[]): Promise<void>
  /** As `BlockSource.finish`. */
  finish(): Promise<void>
  /** As `BlockSource.discard`. */
  discard(): void
}

/** Which moment the rows of a result are of: one session read them, several that saw one moment, or several that did not. */
export const LEVELS = ['single', 'snapshot', 'none'] as const
export type Level = (typeof LEVELS)[number]

/** The origin of a result, for a format that describes it. */
export interface Origin {
  /** The version of batchquery. */
  readonly version: string
  readonly runId: string
  /** In hexadecimal digits. */
  readonly statementSha256: string
  /** The product and its version. */
  readonly server: string
  readonly level: Level
}

/** Aurora splits at about 6 GB. */
export const ROW_PART_BYTES = 6 * 1024 ** 3

/** Text in lines: values with separators between them. */
export interface DelimitedText {
  readonly separator: Uint8Array
  /** Around a value; empty if no value is quoted. */
  readonly quote: Uint8Array
  /** How a quote in a value is written: after the escape character, or twice. */
  readonly escaping: 'backslash' | 'doubling'
  /** The escape character. The quote if it is doubled; empty if nothing is escaped. */
  readonly escape: Uint8Array
  readonly nullWord: Uint8Array
  readonly lineStart: Uint8Array
  readonly lineEnd: Uint8Array
  /** The names of the columns are the first line of every part. */
  readonly header: boolean
  /** Every part begins with the byte order mark of UTF-8. */
  readonly bom: boolean
}

/** The byte order mark of UTF-8. */
export const BYTE_ORDER_MARK: Uint8Array = Buffer.of(0xef, 0xbb, 0xbf)

/** What every part begins with. @param line with the names of the columns */
export const startOfParts = (
  { header, bom }: Pick<DelimitedText, 'header' | 'bom'>,
  line: Uint8Array,
): Uint8Array => {
  const names = header ? line : Buffer.alloc(0)
  return bom ? Buffer.concat([BYTE_ORDER_MARK, names]) : names
}

/** The properties of the session that an encoder must know. */
export interface SessionText {
  /** The encoding of the columns' names. */
  readonly names: CharacterEncoding
  /** False under MySQL's sql_mode NO_BACKSLASH_ESCAPES: then a statement without ESCAPED BY escapes nothing. */
  readonly backslashEscapes: boolean
  /**
   * The statement whose bytes TEXT and CSV have: MySQL's OUTFILE, or PostgreSQL's COPY. COPY quotes a value in CSV only if it must, so the
   * pieces of a value must lie in one buffer, one after the other. @default 'OUTFILE'
   */
  readonly bytesOf?: 'OUTFILE' | 'COPY'
}

export const UTF8_SESSION: SessionText = { names: 'utf8', backslashEscapes: true }
