import { isUtf8 } from 'node:buffer'
import type { RowStream } from '../database/database.ts'
import { nameOfType, type Origin, type TypedColumn, type ValueType } from '../format/index.ts'
import type { DescribedExport } from '../journal/index.ts'
import type { PartDescriber } from './part-describer.ts'
import type { ExportPlan } from './plan.ts'

type DescribedColumn = DescribedExport['columns'][number]

const NOT_NULL = / NOT NULL$/

/**
 * What MANIFEST VERBOSE says of a result. The columns are those in the files.
 *
 * @param describer has read the first part. Null for a format whose parts do not describe themselves
 */
export function describeExport(
  { format, partitionBy }: Pick<ExportPlan, 'format' | 'partitionBy'>,
  { columns }: Pick<RowStream, 'columns'>,
  describer: PartDescriber | null,
  { version, runId, statementSha256, level }: Origin,
): DescribedExport {
  const left = partitionBy === null || partitionBy.include ? [] : partitionBy.columns
  const inFiles = columns.filter(column => !left.includes(nameOf(column)))
  return {
    version,
    runId,
    statementSha256,
    level,
    columns: inFiles.map((column, index): DescribedColumn => {
      const type = typeWord(column)
      const inFile = describer?.columns?.at(index)?.type ?? null
      const ownType = inFile?.replace(NOT_NULL, '') ?? null
      return {
        name: nameOf(column),
        sourceType: column.serverType ?? null,
        writtenType: describer !== null ? ownType : format.text === 'typed' ? type : 'text',
        base: redshiftType(ownType ?? type),
        nullable: inFile === null ? !(column.exact?.isRequired ?? false) : !NOT_NULL.test(inFile),
      }
    }),
  }
}

/** A column of a query before it runs. */
export interface ForecastColumn {
  readonly name: string
  /** In the words of the server; null if the driver does not know it. */
  readonly sourceType: string | null
  /** In our words. Null if the column is not in the files, or if the database writes it in a form of its own. */
  readonly writtenType: string | null
  /** Whether it decides the partition. */
  readonly isPartition: boolean
}

/** The columns of a query, and the types that they will have in the files. */
export const forecastColumns = (
  { format, partitionBy }: Pick<ExportPlan, 'format' | 'partitionBy'>,
  columns: readonly TypedColumn[],
): readonly ForecastColumn[] =>
  columns.map(column => {
    const name = nameOf(column)
    const isPartition = partitionBy?.columns.includes(name) ?? false
    const isTyped = format.text === 'typed'
    const isUnknown = (isPartition && !partitionBy?.include) || (isTyped && column.exact === undefined)
    return {
      ...{ name, isPartition },
      sourceType: column.serverType ?? null,
      writtenType: isUnknown ? null : isTyped ? typeWord(column) : 'text',
    }
  })

/** A column of a result, as far as all of its ranges must agree about it. */
export interface NamedType {
  readonly name: string
  readonly type: string
}

/** The columns of a result with their types in our words. */
export const columnsOf = ({ columns }: Pick<RowStream, 'columns'>): readonly NamedType[] =>
  columns.map(column => ({ name: nameOf(column), type: column.serverType ?? typeWord(column) }))

/** The name of a column is in the encoding of the result. */
const nameOf = ({ name }: Pick<TypedColumn, 'name'>): string =>
  Buffer.from(name).toString(isUtf8(name) ? 'utf8' : 'latin1')

const VALUE_TYPES: Readonly<Record<ValueType, string>> = {
  integer: 'INT32',
  bigint: 'INT64',
  float: 'DOUBLE',
  boolean: 'BOOLEAN',
  binary: 'BINARY',
  bytea: 'BINARY',
  text: 'STRING',
}

const typeWord = ({ exact, type }: TypedColumn): string =>
  exact === undefined ? VALUE_TYPES[type] : nameOfType(exact.type)

/** By the beginning of a type in our words or in those of a Parquet file; the first that fits. */
const REDSHIFT: readonly (readonly [RegExp, string])[] = [
  [/^(U?INT8|INT16)$/, 'smallint'],
  [/^(INT32|UINT16)$/, 'integer'],
  [/^(INT64|UINT32)$/, 'bigint'],
  [/^FLOAT$/, 'real'],
  [/^DOUBLE$/, 'double precision'],
  [/^BOOLEAN$/, 'boolean'],
  [/^DATE$/, 'date'],
  [/^TIME(\(|$)/, 'time without time zone'],
  [/^TIMESTAMP(TZ$|.*UTC\)$)/, 'timestamp with time zone'],
  [/^TIMESTAMP/, 'timestamp without time zone'],
  [/^(BINARY|BYTE_ARRAY|FIXED_LEN_BYTE_ARRAY)$/, 'binary varying'],
  [/^(LIST|STRUCT|MAP|a list)/, 'super'],
]

/** The type as a manifest of Redshift names it. */
function redshiftType(type: string): DescribedColumn['base'] {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type)
  if (decimal !== null) return { base: 'numeric', precision: Number(decimal[1]), scale: Number(decimal[2]) }
  if (type === 'UINT64') return { base: 'numeric', precision: 20, scale: 0 }
  return { base: REDSHIFT.find(([pattern]) => pattern.test(type))?.[1] ?? 'character varying' }
}
