import { type Block, type Encoder, renumbered } from '../../format/index.ts'
import type { RecordBatch } from './row-records.ts'

/** As many rows may an encoder keep before it looks at their values. */
const REMEMBERED = 1 << 16

/** Passes the rows of one partition after the other to the encoder of the format, whose blocks get the name of the partition. */
export class PartitionFeed {
  readonly #encoder: Encoder
  readonly #columns: number
  /** The path of the partition whose rows the encoder has got. Kept after its end, until the next one begins. */
  #path = ''
  #isOpen = false
  /** How many rows the encoder has taken, and the numbers of the last ones in the result. */
  #taken = 0
  readonly #numbers = new Float64Array(REMEMBERED)
  /** The row in pieces: the column, or -1 before it begins, and how much of its value was passed on. */
  #column = -1
  #passed = 0
  readonly #discarded: Promise<void>
  #wake = (): void => {}

  /** @param encoder makes the encoder, whose blocks go to the function that it gets */
  constructor(
    encoder: (emit: (block: Block) => void) => Encoder,
    emit: (block: Block) => void,
    columns: number,
  ) {
    this.#encoder = encoder(block => emit({ ...block, partition: this.#path }))
    this.#columns = columns
    this.#discarded = new Promise(resolve => {
      this.#wake = resolve
    })
  }

  get encoder(): Encoder {
    return this.#encoder
  }

  /** Resolves when a call that was refused is worth another try, and after a `discard`. */
  whenReady(): Promise<void> {
    return Promise.race([this.#encoder.whenReady(), this.#discarded])
  }

  discard(): void {
    this.#encoder.discard()
    this.#wake()
  }

  open(path: string): void {
    this.#path = path
    this.#isOpen = true
  }

  /** Ends the open partition. Resolves when its last block is handed out. */
  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#encoder.endPart()
  }

  /**
   * Takes rows of the open partition.
   *
   * @param number of the first row in the result. The others follow it
   * @returns how many rows it took
   */
  rows(source: Buffer, places: Int32Array, count: number, number: number): number {
    for (let row = 0; row < count; row++) this.#remember(row, number + row)
    const taken = this.#try(() => this.#encoder.rows(source, places, count))
    this.#taken += taken
    return taken
  }

  /** Takes all rows of a batch. */
  async batch({ rows, numbers, places, source }: RecordBatch, isOver: () => boolean): Promise<void> {
    const step = 2 * this.#columns
    for (let row = 0; row < rows; row++) this.#remember(row, numbers[row])
    for (let done = 0; done < rows && !isOver(); ) {
      const rest = done === 0 ? places : places.subarray(step * done)
      const taken = this.#try(() => this.#encoder.rows(source, rest, rows - done))
      this.#taken += taken
      done += taken
      if (done < rows) await this.whenReady()
    }
  }

  /**
   * Takes a row in pieces. Returns false if it must wait: then the caller makes the same call again.
   *
   * @param places of the columns of the files, one after the other
   * @param number of the row in the result
   */
  row(source: Buffer, places: Int32Array, number: number): boolean {
    this.#remember(0, number)
    return this.#try(() => this.#pass(source, places))
  }

  #pass(source: Buffer, places: Int32Array): boolean {
    const encoder = this.#encoder
    if (this.#column < 0) {
      let bytes = 0
      for (let at = 0; at < 2 * this.#columns; at += 2) bytes += places[at + 1] - places[at]
      if (!encoder.startRow(bytes, bytes)) return false
      this.#column = 0
      this.#passed = 0
    }
    for (; this.#column < this.#columns; this.#column++) {
      if (!this.#passValue(source, places[2 * this.#column], places[2 * this.#column + 1])) return false
      this.#passed = 0
    }
    if (!encoder.endRow()) return false
    this.#column = -1
    this.#taken++
    return true
  }

  #passValue(source: Buffer, start: number, end: number): boolean {
    const encoder = this.#encoder
    if (start < 0) return encoder.nullValue()
    do {
      const from = start + this.#passed
      const to = Math.min(end, from + encoder.mostPieceBytes)
      if (!encoder.piece(source, from, to, end - to)) return false
      this.#passed += to - from
    } while (start + this.#passed < end)
    return true
  }

  #remember(ahead: number, number: number): void {
    this.#numbers[(this.#taken + ahead) & (REMEMBERED - 1)] = number
  }

  /** Errors name the row of the result. */
  #try<Result>(call: () => Result): Result {
    try {
      return call()
    } catch (error) {
      throw renumbered(error, row => this.#numbers[(row - 1) & (REMEMBERED - 1)])
    }
  }
}
