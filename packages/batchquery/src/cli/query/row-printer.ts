import {
  type Format,
  type FormatPlan,
  NO_FORMAT_CLAUSES,
  PRINTED_FORMATS,
  type TypedColumn,
} from '../../format/index.ts'
import type { PrintFormat, RowPrinter } from './print-formats.ts'
import { TablePrinter } from './table-printer.ts'

export function rowPrinter(wanted: PrintFormat, withHeader: boolean): RowPrinter {
  const format = PRINTED_FORMATS.find(({ option }) => option === wanted)
  return format === undefined ? new TablePrinter(withHeader) : new EncodedPrinter(format, withHeader)
}

const NOTHING = new Uint8Array()

/** Prints rows as they come. */
class EncodedPrinter implements RowPrinter {
  readonly format: FormatPlan

  constructor(format: Format, withHeader: boolean) {
    const header = withHeader && format.clauses.includes('HEADER')
    this.format = format.plan({ ...NO_FORMAT_CLAUSES, characterSet: 'utf8mb4', header })
  }

  begin(_columns: readonly TypedColumn[], start: Uint8Array): Uint8Array {
    return start
  }

  rows(bytes: Uint8Array): Uint8Array {
    return bytes
  }

  end(): Uint8Array {
    return NOTHING
  }
}
