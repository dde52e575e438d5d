import { BatchQueryError } from '../../errors/index.ts'
import type { ExportFormatPlan, FormatClauses } from '../../format/index.ts'
import { divideColumns, type PartitionClause } from './partition-columns.ts'
import { PartitionedEncoder, type PartitionOptions } from './partitioned-encoder.ts'
import { Partitions } from './partitions.ts'

const MIB = 1024 * 1024
/** Rows that wait in memory. A column encoder needs memory of its own. */
const BUFFER_BYTES = 32 * MIB
const BUFFER_BYTES_WITH_COLUMNS = 24 * MIB

/** The clauses about partitions, and those that decide how a partition is named. */
export interface PartitionClauses extends Pick<FormatClauses, 'characterSet' | 'invalidDates'> {
  readonly partitionBy: PartitionClause
  readonly maxPartitions: number
}

/**
 * Plans the export of partitions: as the format does, but the encoder divides the rows.
 *
 * @param options `bufferBytes` is by the format, unless it is given
 * @throws UNSUPPORTED_CLAUSE for a CHARACTER SET other than UTF-8
 */
export function partitionedPlan(
  format: ExportFormatPlan,
  clauses: PartitionClauses,
  options: Omit<PartitionOptions, 'maxPartitions' | 'bufferBytes'> &
    Partial<Pick<PartitionOptions, 'bufferBytes'>>,
): ExportFormatPlan {
  const { characterSet, partitionBy, invalidDates, maxPartitions } = clauses
  if (characterSet !== null && !/^(utf-?8(mb[34])?|binary)$/i.test(characterSet))
    throw otherCharacters(characterSet)
  const bufferBytes = format.rowGroupBytes === null ? BUFFER_BYTES : BUFFER_BYTES_WITH_COLUMNS
  const divide = (columns: Parameters<ExportFormatPlan['encoder']>[0]) => {
    const divided = divideColumns(columns, partitionBy, format, invalidDates)
    return { divided, kept: divided.kept.map(index => columns[index]) }
  }
  return {
    ...format,
    partitionBy: partitionBy.columns,
    check: columns => {
      const { kept } = divide(columns)
      format.check?.(kept)
    },
    divideFiles(columns) {
      const { partition, kept } = divide(columns).divided
      const keyed = partition.map((column, index) => ({ ...column, index }))
      const partitions = new Partitions(keyed, options.limits, maxPartitions)
      return {
        ...{ by: partition.map(({ index }) => index), kept },
        pathOf: (source, places, row) => partitions.pathOf(partitions.of(source, places, 0, row)),
      }
    },
    encoder(columns, output, session, origin) {
      const { divided, kept } = divide(columns)
      const encoder = (inner: typeof output) => format.encoder(kept, inner, session, origin)
      const partitioned = { bufferBytes, ...options, maxPartitions }
      return new PartitionedEncoder(columns.length, divided, encoder, output, partitioned)
    },
  }
}

const otherCharacters = (characterSet: string): BatchQueryError =>
  new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `PARTITION BY cannot have CHARACTER SET ${characterSet}: the names of partitions are in UTF-8`,
    { hint: 'Leave CHARACTER SET out, or write CHARACTER SET utf8mb4.' },
  )
