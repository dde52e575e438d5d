import type { BlockSource } from './blocks/block.ts'
import type { BlockWriter } from './blocks/block-writer.ts'
import type { InvalidDates } from './column.ts'
import type { RowForm } from './rows/row-form.ts'

/**
 * Encodes the rows of one open part after the other. A driver finds the values and passes them in row order. A value is a
 * place in the source, never an object: bytes from `start` to `end`, both -1 for NULL.
 *
 *     whole rows:  rows(source, places, count)
 *     in pieces:   startRow → { piece … piece(rest = 0) | nullValue } for each column → endRow
 *     end:         endPart() as often as needed, then finish() | discard()
 *
 * A *row encoder* writes each row at once. A *column encoder* collects values and writes a group of rows when it has enough.
 * Both decide by themselves where a block and where a part ends, and write the end of a part (a footer) before the next
 * part begins. The last block of a part has `endsPart`, except for the last part.
 *
 * A method that returns false, or a count lower than given, had no buffer or waits for something else. Then the driver stops
 * reading its source, awaits `whenReady`, and makes the same call again. The bytes of a source must not change during a
 * call; an encoder copies what it keeps. Memory that the driver fills again must come as a new view (`subarray`).
 *
 * Every method may throw an error that names what it cannot encode; the export then fails.
 */
export interface Encoder extends BlockSource {
  /**
   * The first bytes of every part, a HEADER line for instance. The stage writes it when it opens a part, apart from the blocks: so
   * a compressed part has it as a frame of its own, and a download can join parts without it.
   */
  readonly partStart: Uint8Array
  /** A row may come whole if its values have at most so many bytes together. Below 0 if no row may. */
  readonly mostRowBytes: number
  /** The most bytes of a piece. */
  readonly mostPieceBytes: number
  /** For a driver that writes rows to blocks by itself, in its own loop; null if only the methods can encode. */
  readonly inline: InlineRows | null
  /** The zero and partial dates that it wrote as NULL until now, by column. Empty for a format that writes dates as text. */
  readonly invalidDates: readonly InvalidDates[]

  /**
   * Takes whole rows. `places` has start and end of each value, row by row.
   *
   * @returns how many of them it took, the first ones
   */
  rows(source: Buffer, places: Int32Array, count: number): number

  /**
   * Begins a row whose values come in pieces and have together at least `leastBytes` and at most `mostBytes`.
   *
   * @param mostBytes Infinity if the driver does not know it
   */
  startRow(leastBytes: number, mostBytes: number): boolean
  /**
   * Takes a piece of the next value, which may be empty.
   *
   * @param rest how many bytes of the value come in later pieces: 0 if it ends with this one, -1 if more come and the driver does
   *   not know how many
   */
  piece(source: Buffer, start: number, end: number, rest: number): boolean
  /** The next value is NULL. */
  nullValue(): boolean
  /** Ends the row, after as many values as there are columns. */
  endRow(): boolean
  /**
   * Ends the open part, which has a row: hands out its remaining blocks, the last one with `endsPart`. The next row begins another part.
   * Resolves when the last block is handed out, which may have to wait for buffers; after a `discard` at once. After it, an encoder
   * that gets no more rows is discarded, not finished.
   */
  endPart(): Promise<void>
}

/** A row encoder, opened for loops that copy short values themselves: the bytes around values, and the writer of the blocks. */
export interface InlineRows {
  readonly form: RowForm
  readonly writer: BlockWriter
}
