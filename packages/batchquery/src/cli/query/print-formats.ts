import type { RowFormat, TypedColumn } from '../../format/index.ts'

/** The formats of rows on stdout. */
export const PRINT_FORMATS = ['table', 'tsv', 'csv', 'json'] as const
export type PrintFormat = (typeof PRINT_FORMATS)[number]

/**
 * Converts encoded rows to the output, one result after the other. The returned bytes are valid until the next call.
 */
export interface RowPrinter {
  /** The format of the rows that it takes, with the default layout. */
  readonly takes: RowFormat
  /** @param header the names of the columns, as a row */
  begin(columns: readonly TypedColumn[], header: Uint8Array): Uint8Array
  /** @param bytes of rows, which may end within a row */
  rows(bytes: Uint8Array): Uint8Array
  end(): Uint8Array
}
