import { EXPORT_FORMATS, type FormatPlan, PRINTED_FORMATS, type TypedColumn } from '../../format/index.ts'

/** The forms in which rows are printed on stdout. */
export type PrintFormat = 'table' | (typeof PRINTED_FORMATS)[number]['option']
/** A word after `--format`. */
export type QueryFormat = 'table' | (typeof EXPORT_FORMATS)[number]['option']
export const QUERY_FORMATS: readonly QueryFormat[] = ['table', ...EXPORT_FORMATS.map(({ option }) => option)]

export const isPrintFormat = (format: QueryFormat): format is PrintFormat =>
  format === 'table' || PRINTED_FORMATS.some(({ option }) => option === format)

/** Makes the bytes for stdout of encoded rows, result after result. The bytes that a method returns are valid until the next call. */
export interface RowPrinter {
  /** How the rows that it takes are encoded. */
  readonly format: FormatPlan
  /** @param start what the rows of a part begin with */
  begin(columns: readonly TypedColumn[], start: Uint8Array): Uint8Array
  /** @param bytes of rows, cut anywhere */
  rows(bytes: Uint8Array): Uint8Array
  end(): Uint8Array
}
