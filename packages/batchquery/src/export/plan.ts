import { BatchQueryError } from '../errors/index.ts'
import { type CompressionName, type ExportFormatPlan, formatNamed, planFormat } from '../format/index.ts'
import {
  DEFAULT_PARTITIONS,
  type ExportStatement,
  type ManifestKind,
  type Overwrite,
  type Parallel,
  type PartitionBy,
} from '../sql/index.ts'
import type { Encryption } from '../store/store.ts'
import { type Compression, compressionOf, type PartCompression } from './compression.ts'
import type { Destination } from './destination.ts'
import { type ReaderShare, readerShare } from './parallel/memory.ts'
import type { PartitionOptions } from './partitions/partitioned-encoder.ts'
import { partitionedPlan } from './partitions/partitioned-plan.ts'

/** The most bytes that SINGLE ON writes, before compression. */
export const MOST_SINGLE_BYTES = 200 * 1024 ** 3

/** How several threads read the rows of an export. */
export interface ParallelPlan extends Parallel {
  /** A plan has functions, which no thread can pass to another one. So each thread plans again, from this. */
  readonly statement: ExportStatement
}

/** How one export is made. */
export interface ExportPlan {
  readonly query: string
  readonly destination: Destination
  readonly format: ExportFormatPlan
  /** The format that divides the rows into partitions. It takes functions for sentences to the user. @default - the result has no partitions */
  readonly divided?: (told: Pick<PartitionOptions, 'warn' | 'note'>) => ExportFormatPlan
  readonly manifest: ManifestKind
  readonly overwrite: Overwrite
  readonly partitionBy: PartitionBy | null
  readonly maxPartitions: number
  readonly single: boolean
  /** Null: one session reads all rows. */
  readonly parallel: ParallelPlan | null
  readonly extension: string | null
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
  refuseContradictions(statement, destination)
  const parallel = dividedReads(statement)
  const memory = parallel === null ? { memoryBytes } : readerShare(statement, parallel.readers, memoryBytes)
  const format = planFormat(statement, { isElsewhere, memoryBytes: memory.memoryBytes })
  const compression = compressionOf(format.codec === null ? partCompression(statement) : 'NONE', isElsewhere)
  const divided = dividedBy(statement, destination, format, { compression, ...memory })
  divided?.({ warn: () => {} })
  return {
    query: statement.query,
    destination,
    format,
    ...(divided !== null && { divided }),
    manifest: statement.manifest,
    overwrite: statement.overwrite,
    partitionBy: statement.partitionBy,
    maxPartitions: statement.maxPartitions ?? DEFAULT_PARTITIONS,
    single: statement.single,
    parallel: parallel && { ...parallel, statement },
    extension: statement.extension,
    compression,
    encryption: encryptionOf(statement, destination),
    maxPartBytes: statement.single
      ? MOST_SINGLE_BYTES
      : (statement.maxFileSize ?? formatNamed(format.name).defaultPartBytes),
  }
}

/** One session sees one moment by itself. So it needs no ranges, unless a later attempt may keep those that are read. */
const dividedReads = ({ parallel }: ExportStatement): Parallel | null =>
  parallel?.readers === 1 && parallel.consistency === 'SNAPSHOT' ? null : parallel

/** The end of the names of the parts: the extension of the format or that of EXTENSION, then that of the compression. */
export const extensionOfParts = ({
  extension = null,
  format,
  compression,
}: Pick<ExportPlan, 'format' | 'compression'> & Partial<Pick<ExportPlan, 'extension'>>): string =>
  `${extension === null ? format.extension : `.${extension}`}${compression.extension}`

function dividedBy(
  { partitionBy, maxPartitions, characterSet, invalidDates, extension, parallel }: ExportStatement,
  { store, prefix }: Destination,
  format: ExportFormatPlan,
  {
    compression,
    ...memory
  }: { readonly compression: Compression } & Partial<ReaderShare> & Pick<ReaderShare, 'memoryBytes'>,
): NonNullable<ExportPlan['divided']> | null {
  if (partitionBy === null) return null
  const clauses = {
    ...{ partitionBy, characterSet, invalidDates },
    maxPartitions: maxPartitions ?? DEFAULT_PARTITIONS,
  }
  const ending = extensionOfParts({ extension, format, compression })
  const limits = {
    areFiles: store.capabilities.folder !== null,
    otherKeyBytes: Buffer.byteLength(
      `${prefix}//part_0000000${parallel === null ? '' : '_0000000'}${ending}`,
    ),
  }
  return told => partitionedPlan(format, clauses, { ...memory, limits, ...told })
}

/** @throws UNSUPPORTED_CLAUSE for clauses that exclude each other, or one without the clause that it is about */
function refuseContradictions(statement: ExportStatement, { prefix, uri }: Destination): void {
  const { single, partitionBy, parallel, maxFileSize, maxPartitions, overwrite, extension } = statement
  const refuse = (what: string, hint: string): never => {
    throw new BatchQueryError('UNSUPPORTED_CLAUSE', `an export cannot have ${what}`, { hint })
  }
  if (single && partitionBy !== null)
    refuse('SINGLE ON and PARTITION BY: one object has no partitions', 'Leave one of the clauses out.')
  if (single && parallel !== null)
    refuse('SINGLE ON and PARALLEL: several readers write several objects', 'Leave one of the clauses out.')
  if (single && maxFileSize !== null)
    refuse('SINGLE ON and MAXFILESIZE: one object has no parts', 'Leave one of the clauses out.')
  if (single && extension !== null)
    refuse(
      'SINGLE ON and EXTENSION: the object has exactly the name of the destination',
      `Leave EXTENSION out, and write the name with it: '${uri}.${extension}'.`,
    )
  if (partitionBy !== null && prefix.endsWith('/'))
    refuse(
      `PARTITION BY and a destination that ends in a slash: ${uri}`,
      `The folders of the partitions follow a slash of their own. Write '${uri.replace(/\/+$/, '')}'.`,
    )
  if (partitionBy === null && overwrite === 'PARTITIONS')
    refuse('OVERWRITE PARTITIONS without PARTITION BY', 'Write OVERWRITE ON, or add PARTITION BY (column).')
  if (partitionBy === null && maxPartitions !== null)
    refuse('MAXPARTITIONS without PARTITION BY', 'Add PARTITION BY (column), or leave MAXPARTITIONS out.')
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
