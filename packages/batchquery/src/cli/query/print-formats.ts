import type { RowFormat, TypedColumn } from '../../format/index.ts'

/** How rows may stand on stdout. */
export const PRINT_FORMATS = ['table', 'tsv', 'csv', 'json'] as const
export type PrintFormat = (typeof PRINT_FORMATS)[number]

/**
 * Makes of encoded rows what stands on stdout, result after result. What a method returns stays as it is until the
 * next call.
 */
export interface RowPrinter {
  /** What it takes rows in, with the default layout. */
  readonly takes: RowFormat
  /** @param header the names of the columns, as a row */
  begin(columns: readonly TypedColumn[], header: Uint8Array): Uint8Array
  /** @param bytes of rows, cut anywhere */
  rows(bytes: Uint8Array): Uint8Array
  end(): Uint8Array
}
