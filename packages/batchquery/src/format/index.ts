import type { FormatClauses } from './clauses.ts'
import { CSV } from './csv/csv.ts'
import type { FormatPlan, Host } from './format.ts'

export { LEVELS } from './format.ts'

import { JSON_LINES } from './json/json.ts'
import { PARQUET } from './parquet/parquet.ts'
import { TEXT } from './text/text.ts'

/** The word after FORMAT. */
export type FormatName = 'TEXT' | 'CSV' | 'JSON' | 'PARQUET'

/** The formats that an export can have. */
export const EXPORT_FORMATS = [TEXT, CSV, JSON_LINES, PARQUET] as const satisfies readonly {
  readonly name: FormatName
}[]
/** The formats in which `query` prints rows. */
export const PRINTED_FORMATS = [TEXT, CSV, JSON_LINES] as const

/** The format of an export without the clause FORMAT. */
export const DEFAULT_FORMAT: FormatName = TEXT.name
export const FORMAT_NAMES: readonly FormatName[] = EXPORT_FORMATS.map(({ name }) => name)

export const isFormatName = (name: string): name is FormatName =>
  EXPORT_FORMATS.some(format => format.name === name)

export const formatNamed = (name: FormatName): (typeof EXPORT_FORMATS)[number] =>
  EXPORT_FORMATS.find(format => format.name === name) ?? TEXT

/** A plan of a format that an export can have. */
export interface ExportFormatPlan extends FormatPlan {
  readonly name: FormatName
}

/** How a statement's format writes its rows. @throws as `Format.plan` */
export function planFormat(
  statement: FormatClauses & { readonly format: FormatName },
  host?: Host,
): ExportFormatPlan {
  const { format: name } = statement
  return { ...formatNamed(name).plan(statement, host), name }
}

export { type Block, type BlockOutput, BlockPool, type BlockSource } from './blocks/block.ts'
export { BlockWriter } from './blocks/block-writer.ts'
export {
  COMPRESSION_NAMES,
  type CompressionName,
  type FormatClauses,
  NO_FORMAT_CLAUSES,
  type RequestedType,
} from './clauses.ts'
export type { CharacterEncoding, FormatColumn, InvalidDates, TypedColumn, ValueType } from './column.ts'
export { CSV } from './csv/csv.ts'
export { csvForm } from './csv/csv-form.ts'
export { csvLayout } from './csv/csv-layout.ts'
export { CsvReader, type ValueSink } from './csv/csv-reader.ts'
export { TypedRows, type Value } from './csv/typed-rows.ts'
export type { Encoder, InlineRows } from './encoder.ts'
export type { ExactColumn, ExactType, FlatType, Geometry, Transcoder, WireForm } from './exact-column.ts'
export type {
  ColumnStatistics,
  DelimitedText,
  FileDivision,
  FileJoiner,
  Format,
  FormatPlan,
  Level,
  Origin,
  PartCheck,
  PartColumn,
  PartReader,
  ReadRange,
  SessionText,
  WrittenFiles,
} from './format.ts'
export { startOfParts, UTF8_SESSION } from './format.ts'
export { JSON_LINES } from './json/json.ts'
export { JsonLinesReader, jsonColumns } from './json/json-lines-reader.ts'
export { layoutOf, type TextLayout } from './layout.ts'
export { type FirstRows, firstParquetRows } from './parquet/first-rows.ts'
export { renumbered, valueError } from './parquet/value-error.ts'
export {
  type ReadColumn,
  type ReadRows,
  type ReadValue,
  type RowReader,
  stringColumns,
  utf8Text,
} from './read-rows.ts'
export { requestedColumn, requestsFor } from './requested-types.ts'
export { DelimitedReader } from './rows/delimited-reader.ts'
export { encodeRow, put, refusedValue } from './rows/encode-row.ts'
export { type LeadWords, leadWords } from './rows/lead-words.ts'
export {
  ByteSet,
  copyAll,
  copyJson,
  copyUnless,
  jsonMarks,
  MOST_BYTES,
  type PlainValue,
  startsNumber,
} from './rows/plain-value.ts'
export { RowEncoder } from './rows/row-encoder.ts'
export type { RowForm, ValueEncoder } from './rows/row-form.ts'
export { DEFAULT_TEXT_LAYOUT, textForm } from './text/text-form.ts'
export { type ColumnType, nameOfType, TYPE_NAMES, type TypeName, typeNamed } from './type-names.ts'
export { type ValueText, valueText } from './value-text.ts'
