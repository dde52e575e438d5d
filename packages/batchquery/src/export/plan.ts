import type { Dialect } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import type { TextLayout } from '../format/index.ts'
import type { ExportStatement } from '../sql/index.ts'
import { type Compression, compressionOf } from './compression.ts'
import type { Destination } from './destination.ts'

/** Aurora splits at about 6 GB. */
const DEFAULT_PART_BYTES = 6 * 1024 ** 3

/** One export, everything decided. */
export interface ExportPlan {
  readonly query: string
  readonly destination: Destination
  readonly format: 'TEXT'
  readonly header: boolean
  /** The FIELDS and LINES options that were written. */
  readonly layout: Partial<TextLayout>
  readonly characterSet: string | null
  readonly manifest: boolean
  readonly overwrite: boolean
  readonly compression: Compression
  /** Before compression. */
  readonly maxPartBytes: number
}

/**
 * Decides how a statement is exported.
 *
 * @throws UNSUPPORTED_CLAUSE where this database or this store cannot do what a clause asks for
 */
export function planExport(
  statement: ExportStatement,
  destination: Destination,
  dialect: Dialect,
): ExportPlan {
  const { format, encryption } = statement
  if (format !== 'TEXT')
    throw unsupported(`FORMAT ${format}`, dialect, 'Leave the clause out: the format is then TEXT.')
  if (encryption !== null && encryption.kind !== 'OFF')
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `ENCRYPTION ${encryption.kind}: the store ${destination.store.name} cannot encrypt`,
      { hint: 'Write to S3, or leave the clause out.' },
    )
  return {
    query: statement.query,
    destination,
    format,
    header: statement.header,
    layout: layoutOf(statement),
    characterSet: statement.characterSet,
    manifest: statement.manifest,
    overwrite: statement.overwrite,
    compression: compressionOf(statement.compression),
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

function unsupported(clause: string, dialect: Dialect, hint: string): BatchQueryError {
  return new BatchQueryError('UNSUPPORTED_CLAUSE', `${clause} is not supported on ${dialect}`, { hint })
}
