import { BatchQueryError } from '../errors/index.ts'
import type { PartColumn, PartReader } from '../format/index.ts'
import type { PartStatistics } from '../journal/index.ts'

/** The end of a part that is kept to read its description from. The footer of 1,000 columns in 4 row groups fits. */
const TAIL_BYTES = 4 * 1024 * 1024
/** For the statistics of all parts together, as JSON, so that the journal stays small. The parts after that have none. */
export const MOST_STATISTICS_BYTES = 4 * 1024 * 1024

/** Reads what the parts of an export say of themselves, from their bytes on the way to the store. */
export class PartDescriber {
  /** The columns of the first part. Null before it has ended, or if its description is too long. */
  columns: readonly PartColumn[] | null = null
  readonly #reader: PartReader
  #room = MOST_STATISTICS_BYTES

  constructor(reader: PartReader) {
    this.#reader = reader
  }

  begin(): DescribedPart {
    return new DescribedPart(tail => this.#describe(tail))
  }

  async #describe(tail: Tail): Promise<PartStatistics | null> {
    try {
      const { columns, statistics } = await this.#reader.describe(tail.end, async (offset, length) =>
        tail.read(offset, length),
      )
      this.columns ??= columns
      this.#room -= Buffer.byteLength(JSON.stringify(statistics))
      return this.#room < 0 ? null : statistics
    } catch (thrown) {
      // The description is longer than the tail.
      if (thrown instanceof BatchQueryError && thrown.code === 'VERIFICATION') return null
      throw thrown
    }
  }
}

/** An open part. */
export class DescribedPart {
  readonly #describe: (tail: Tail) => Promise<PartStatistics | null>
  readonly #tail = new Tail()

  constructor(describe: (tail: Tail) => Promise<PartStatistics | null>) {
    this.#describe = describe
  }

  /** Takes the next bytes of the part. */
  add(bytes: Uint8Array): void {
    this.#tail.add(bytes)
  }

  /** The statistics of the part after its last byte. Null if there is no room for them. */
  statistics(): Promise<PartStatistics | null> {
    return this.#describe(this.#tail)
  }
}

/** The last bytes of a part. */
class Tail {
  /** How many bytes the part has. */
  end = 0
  readonly #pieces: Buffer[] = []
  #bytes = 0

  add(bytes: Uint8Array): void {
    this.end += bytes.length
    const piece = Buffer.from(bytes.subarray(Math.max(0, bytes.length - TAIL_BYTES)))
    this.#pieces.push(piece)
    this.#bytes += piece.length
    while (this.#pieces.length > 0 && this.#bytes - this.#pieces[0].length >= TAIL_BYTES)
      this.#bytes -= this.#pieces.shift()?.length ?? 0
  }

  /** The bytes from an offset of the part on. Nothing if they are not kept. */
  read(offset: number, length: number): Buffer {
    const first = this.end - this.#bytes
    const kept = Buffer.concat(this.#pieces)
    return offset < first ? Buffer.alloc(0) : kept.subarray(offset - first, offset - first + length)
  }
}
