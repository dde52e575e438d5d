import type { RowFormat, TypedColumn } from '../../format/index.ts'
import { JsonPrinter } from './json-printer.ts'
import type { PrintFormat, RowPrinter } from './print-formats.ts'
import { TablePrinter } from './table-printer.ts'

export function rowPrinter(format: PrintFormat, withHeader: boolean): RowPrinter {
  switch (format) {
    case 'table':
      return new TablePrinter(withHeader)
    case 'json':
      return new JsonPrinter()
    case 'tsv':
      return new EncodedPrinter('TEXT', withHeader)
    case 'csv':
      return new EncodedPrinter('CSV', withHeader)
  }
}

const NOTHING = new Uint8Array()

/** Prints rows unchanged. */
class EncodedPrinter implements RowPrinter {
  readonly takes: RowFormat
  readonly #withHeader: boolean

  constructor(takes: RowFormat, withHeader: boolean) {
    this.takes = takes
    this.#withHeader = withHeader
  }

  begin(_columns: readonly TypedColumn[], header: Uint8Array): Uint8Array {
    return this.#withHeader ? header : NOTHING
  }

  rows(bytes: Uint8Array): Uint8Array {
    return bytes
  }

  end(): Uint8Array {
    return NOTHING
  }
}
