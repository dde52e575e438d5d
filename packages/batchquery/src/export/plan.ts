import { BatchQueryError } from '../errors/index.ts'
import { csvLayout, type RowFormat, type TextLayout } from '../format/index.ts'
import type { ExportStatement } from '../sql/index.ts'
import type { Encryption } from '../store/store.ts'
import { type Compression, compressionOf } from './compression.ts'
import type { Destination } from './destination.ts'

/** Aurora splits at about 6 GB. */
const DEFAULT_PART_BYTES = 6 * 1024 ** 3

/** An export with all its settings. */
export interface ExportPlan {
  readonly query: string
  readonly destination: Destination
  readonly format: RowFormat
  readonly header: boolean
  /** The FIELDS and LINES options of the statement. */
  readonly layout: Partial<TextLayout>
  readonly characterSet: string | null
  readonly manifest: boolean
  readonly overwrite: boolean
  readonly compression: Compression
  /** Null: the bucket decides. */
  readonly encryption: Encryption | null
  /** Counts bytes before compression. */
  readonly maxPartBytes: number
}

/**
 * Decides how to export a statement.
 *
 * @param isElsewhere whether another process exports it, and this one only checks the plan
 * @throws UNSUPPORTED_CLAUSE if this database or this store cannot do what a clause requests
 */
export function planExport(
  statement: ExportStatement,
  destination: Destination,
  isElsewhere = false,
): ExportPlan {
  const { format } = statement
  const layout = layoutOf(statement)
  if (format === 'CSV') {
    refuseBeyondCsv(statement)
    csvLayout(layout)
  }
  refuseUnreadable(statement)
  return {
    query: statement.query,
    destination,
    format,
    header: statement.header,
    layout,
    characterSet: statement.characterSet,
    manifest: statement.manifest,
    overwrite: statement.overwrite,
    compression: compressionOf(statement.compression, isElsewhere),
    encryption: encryptionOf(statement, destination),
    maxPartBytes: statement.maxFileSize ?? DEFAULT_PART_BYTES,
  }
}

function layoutOf({ fields, lines }: ExportStatement): Partial<TextLayout> {
  return {
    ...(fields.terminatedBy && { fieldsTerminatedBy: fields.terminatedBy }),
    ...(fields.enclosedBy && {
      enclosedBy: fields.enclosedBy,
      optionallyEnclosed: fields.optionallyEnclosed,
    }),
    ...(fields.escapedBy && { escapedBy: fields.escapedBy }),
    ...(lines.startingBy && { linesStartingBy: lines.startingBy }),
    ...(lines.terminatedBy && { linesTerminatedBy: lines.terminatedBy }),
  }
}

/** Refuses clauses that CSV cannot express. */
function refuseBeyondCsv({ fields, lines }: ExportStatement): void {
  const beyond =
    (fields.escapedBy !== null && 'ESCAPED BY') || (lines.startingBy !== null && 'LINES STARTING BY')
  if (beyond === false) return
  throw new BatchQueryError('UNSUPPORTED_CLAUSE', `FORMAT CSV has no ${beyond}`, {
    hint: 'In CSV a quote is escaped by doubling it. Leave the clause out, or write FORMAT TEXT.',
  })
}

/** Their characters have two or four bytes, but the separators would have one. */
const WIDE_CHARACTER_SETS = ['ucs2', 'utf16', 'utf16le', 'utf32']

/** Refuses a file in which no reader can distinguish separators from text. The server's own OUTFILE does write such files. */
function refuseUnreadable({ format, characterSet }: ExportStatement): void {
  const name = characterSet?.toLowerCase() ?? ''
  if (WIDE_CHARACTER_SETS.includes(name))
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `CHARACTER SET ${name} has characters of two or four bytes, and the separators have one byte each`,
      {
        hint: 'Write CHARACTER SET utf8mb4 and convert the file: no reader could read the other one, LOAD DATA included.',
      },
    )
  if (format === 'CSV' && name === 'binary')
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      'CHARACTER SET binary leaves every column in its own character set, and a CSV file has one',
      {
        hint: 'Leave the clause out: the file is in UTF-8 then. FORMAT TEXT writes every column as it is stored.',
      },
    )
}

function encryptionOf({ encryption }: ExportStatement, { store }: Destination): Encryption | null {
  if (encryption === null || encryption.kind === 'OFF') return null
  if (store.kind === 'directory')
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `ENCRYPTION ${encryption.kind}: ${store.name} is a directory`,
      {
        hint: 'Write to S3, or leave the clause out.',
      },
    )
  return encryption.kind === 'SSE_KMS' ? encryption : { kind: 'SSE_S3' }
}
