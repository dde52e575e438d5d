import { BatchQueryError } from '../errors/index.ts'
import { type CompressionName, type ExportFormatPlan, formatNamed, planFormat } from '../format/index.ts'
import type { ExportStatement } from '../sql/index.ts'
import type { Encryption } from '../store/store.ts'
import { type Compression, compressionOf, type PartCompression } from './compression.ts'
import type { Destination } from './destination.ts'

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
  /** Counts bytes before this compression; those of a format that compresses by itself are in it. */
  readonly maxPartBytes: number
}

/**
 * Decides how to export a statement.
 *
 * @param isElsewhere whether another process exports it, and this one only checks the plan
 * @param memoryBytes how much memory the process may use @default - what the container or the machine has
 * @throws UNSUPPORTED_CLAUSE if this database or this store cannot do what a clause requests, or the memory does not suffice
 */
export function planExport(
  statement: ExportStatement,
  destination: Destination,
  isElsewhere = false,
  memoryBytes = isElsewhere ? Number.POSITIVE_INFINITY : memoryLimit(),
): ExportPlan {
  const format = planFormat(statement, { isElsewhere, memoryBytes })
  return {
    query: statement.query,
    destination,
    format,
    manifest: statement.manifest,
    overwrite: statement.overwrite,
    compression: compressionOf(format.codec === null ? partCompression(statement) : 'NONE', isElsewhere),
    encryption: encryptionOf(statement, destination),
    maxPartBytes: statement.maxFileSize ?? formatNamed(format.name).defaultPartBytes,
  }
}

/** How much memory this process may use, in bytes: the limit of its container, or what the machine has. */
function memoryLimit(): number {
  const total = process.getBuiltinModule('node:os').totalmem()
  // 0 if there is no limit, or a number that no machine has.
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, total) : total
}

/** The format has refused the other compressions. */
const partCompression = ({ compression }: ExportStatement): PartCompression =>
  compression === null || compression === 'SNAPPY' ? 'NONE' : compression

/** How the bytes of a result are compressed, inside of the parts or as a whole; 'default' if the runner chooses it. */
export const compressionName = ({
  format,
  compression,
}: Pick<ExportPlan, 'format' | 'compression'>): CompressionName | 'default' =>
  format.codec ?? compression.name

function encryptionOf({ encryption }: ExportStatement, { store }: Destination): Encryption | null {
  if (encryption === null || encryption.kind === 'OFF') return null
  const wanted: Encryption = encryption.kind === 'SSE_KMS' ? encryption : { kind: 'SSE_S3' }
  if (!store.capabilities.encryptions.includes(wanted.kind))
    throw new BatchQueryError(
      'UNSUPPORTED_CLAUSE',
      `ENCRYPTION ${encryption.kind}: the store ${store.name} cannot encrypt objects this way`,
      {
        hint: 'Write to S3, or remove the clause.',
      },
    )
  return wanted
}
