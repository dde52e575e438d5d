import type { ExportNeeds } from '../database/database.ts'
import { BatchQueryError } from '../errors/index.ts'
import { type ExportFormatPlan, planFormat } from '../format/index.ts'
import type { ExportStatement } from '../sql/index.ts'
import type { Encryption } from '../store/store.ts'
import { type Compression, compressionOf } from './compression.ts'
import type { Destination } from './destination.ts'

/** Aurora splits at about 6 GB. */
const DEFAULT_PART_BYTES = 6 * 1024 ** 3

/** How one export is made. */
export interface ExportPlan {
  readonly query: string
  readonly destination: Destination
  readonly format: ExportFormatPlan
  readonly manifest: boolean
  readonly overwrite: boolean
  readonly compression: Compression
  /** Null: the bucket decides. */
  readonly encryption: Encryption | null
  /** The most bytes of a part, before compression. */
  readonly maxPartBytes: number
}

/**
 * Decides how a statement is exported.
 *
 * @param isElsewhere whether another process exports it, and this one only looks at the plan
 * @throws UNSUPPORTED_CLAUSE if the format or the store cannot do what a clause asks for
 */
export function planExport(
  statement: ExportStatement,
  destination: Destination,
  isElsewhere = false,
): ExportPlan {
  return {
    query: statement.query,
    destination,
    format: planFormat(statement),
    manifest: statement.manifest,
    overwrite: statement.overwrite,
    compression: compressionOf(statement.compression, isElsewhere),
    encryption: encryptionOf(statement, destination),
    maxPartBytes: statement.maxFileSize ?? DEFAULT_PART_BYTES,
  }
}

/** What the server must know of an export before its query starts. @throws UNSUPPORTED_CLAUSE */
export const exportNeeds = (statement: ExportStatement): ExportNeeds => planFormat(statement)

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
