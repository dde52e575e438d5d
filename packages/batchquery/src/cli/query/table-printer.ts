import { CSV, CsvReader, NO_FORMAT_CLAUSES, type TypedColumn, type ValueSink } from '../../format/index.ts'
import { cellText, displayWidth } from '../cell-text.ts'
import type { RowPrinter } from './print-formats.ts'

/** How many rows and characters decide the widths of the columns. */
const MEASURED_ROWS = 1000
const MEASURED_CHARACTERS = 1024 * 1024
/** In columns of the terminal. */
const WIDEST = 100
/** How much of a value is kept: more than a cell can show. */
const KEPT_BYTES = 8 * WIDEST
const BETWEEN = '  '

/**
 * Prints a table. The first rows decide the widths of the columns; later rows are printed as they come, and a longer value moves the rest
 * of its row to the right. Long values are cut and end in `…`.
 */
export class TablePrinter implements RowPrinter, ValueSink {
  readonly format = CSV.plan({ ...NO_FORMAT_CLAUSES, characterSet: 'utf8mb4' })
  readonly #withHeader: boolean
  #columns: readonly TypedColumn[] = []
  #reader = new CsvReader(this)
  #isFirst = true
  /** The rows that are printed once the widths are known. */
  #waiting: string[][] = []
  #waitingCharacters = 0
  /** Null until the widths are known. */
  #widths: readonly number[] | null = null
  #row: string[] = []
  readonly #value = Buffer.alloc(KEPT_BYTES)
  #valueBytes = 0
  #isCut = false
  #text = ''

  constructor(withHeader: boolean) {
    this.#withHeader = withHeader
  }

  begin(columns: readonly TypedColumn[]): Uint8Array {
    this.#columns = columns
    this.#reader = new CsvReader(this)
    this.#waiting = []
    this.#waitingCharacters = 0
    this.#widths = null
    this.#text = this.#isFirst ? '' : '\n'
    this.#isFirst = false
    return this.#take()
  }

  rows(bytes: Uint8Array): Uint8Array {
    this.#reader.read(bytes)
    return this.#take()
  }

  end(): Uint8Array {
    if (this.#widths === null) this.#drawWaiting()
    return this.#take()
  }

  piece(source: Buffer, start: number, end: number): void {
    const copied = source.copy(this.#value, this.#valueBytes, start, end)
    this.#valueBytes += copied
    if (copied < end - start) this.#isCut = true
  }

  endValue(isNull: boolean): void {
    const column = this.#columns[this.#row.length]
    if (column === undefined) return
    const text = isNull ? 'NULL' : this.#valueText(column)
    this.#row.push(cellText(text, WIDEST, this.#isCut))
    this.#valueBytes = 0
    this.#isCut = false
  }

  endRow(): void {
    const row = this.#row
    this.#row = []
    if (this.#widths !== null) {
      this.#text += this.#line(row, this.#widths)
      return
    }
    this.#waiting.push(row)
    for (const { length } of row) this.#waitingCharacters += length
    if (this.#waiting.length >= MEASURED_ROWS || this.#waitingCharacters >= MEASURED_CHARACTERS)
      this.#drawWaiting()
  }

  #valueText({ type }: TypedColumn): string {
    // The value is `\x0aff`.
    if (type === 'binary') return `0x${this.#value.toString('latin1', 2, this.#valueBytes).toUpperCase()}`
    // With `stream`, the decoder leaves out a character that the end cuts.
    return new TextDecoder().decode(this.#value.subarray(0, this.#valueBytes), { stream: this.#isCut })
  }

  #drawWaiting(): void {
    const names = this.#columns.map(({ name }) => cellText(Buffer.from(name).toString(), WIDEST, false))
    const measured = this.#withHeader ? [names, ...this.#waiting] : this.#waiting
    const widths = names.map((_, at) =>
      measured.reduce((widest, row) => Math.max(widest, displayWidth(row[at])), 0),
    )
    const rule = widths.map(width => '-'.repeat(width))
    if (this.#withHeader) this.#text += this.#line(names, widths) + this.#line(rule, widths)
    for (const row of this.#waiting) this.#text += this.#line(row, widths)
    this.#waiting = []
    this.#widths = widths
  }

  #line(row: readonly string[], widths: readonly number[]): string {
    const cells = row.map((text, at) => {
      const padding = ' '.repeat(Math.max(0, widths[at] - displayWidth(text)))
      return this.#columns[at].kind === 'number' ? padding + text : text + padding
    })
    return `${cells.join(BETWEEN).trimEnd()}\n`
  }

  #take(): Uint8Array {
    const text = this.#text
    this.#text = ''
    return Buffer.from(text)
  }
}
