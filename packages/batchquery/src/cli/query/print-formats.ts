import { FORMATS, type FormatPlan, type TypedColumn } from '../../format/index.ts'

export type PrintFormat = 'table' | (typeof FORMATS)[number]['option']
/** The forms in which rows are printed on stdout. */
export const PRINT_FORMATS: readonly PrintFormat[] = ['table', ...FORMATS.map(({ option }) => option)]

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
