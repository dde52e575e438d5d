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

function encryptionOf({ encryption }: ExportStatement, { store }: Destination): Encryption | null {
  if (encryption === null || encryption.kind === 'OFF') return null
  const wanted: Encryption = encryption.kind === 'SSE_KMS' ? encryption : { kind: 'SSE_S3' }
  if (!store.capabilities.encryptions.includes(wanted.kind))
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `ENCRYPTION ${encryption.kind}: the store ${store.name} cannot encrypt an object like this`,
      {
        hint: 'Write to S3, or leave the clause out.',
      },
    )
  return wanted
}
