import fc from 'fast-check'
import { type Block, BlockPool, BlockWriter } from '../../../src/format/index.ts'

interface Piece {
  readonly bytes: number
  readonly reserved: number
}

/** The rows that a source passes on at once: sizes in bytes. */
export type Delivery =
  | { readonly kind: 'whole'; readonly row: number; readonly reserved: number }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[]; readonly least: number }
  | { readonly kind: 'encoded'; readonly rows: readonly number[] }

export interface Scenario {
  readonly blockBytes: number
  readonly buffers: number
  readonly maxPartBytes: number
  readonly deliveries: readonly Delivery[]
  /** Which of the blocks that are out is released next, modulo their number. */
  readonly releases: readonly number[]
}

export interface WrittenRow {
  readonly bytes: number
  readonly inPieces: boolean
}

export const bytesOf = (sizes: readonly { readonly bytes: number }[]): number =>
  sizes.reduce((total, { bytes }) => total + bytes, 0)

function deliveries(largestRow: number): fc.Arbitrary<Delivery> {
  const size = fc.integer({ min: 1, max: largestRow })
  const whole = fc.tuple(size, size).map(
    ([one, other]): Delivery => ({
      kind: 'whole',
      row: Math.min(one, other),
      reserved: Math.max(one, other),
    }),
  )
  const piece = fc
    .tuple(fc.nat(largestRow), size)
    .map(([one, other]): Piece => ({ bytes: Math.min(one, other), reserved: Math.max(one, other) }))
  const pieces = fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 24 }), fc.nat(100))
    .filter(([sizes]) => bytesOf(sizes) > 0)
    .map(([sizes, percent]): Delivery => {
      return { kind: 'pieces', pieces: sizes, least: Math.floor((bytesOf(sizes) * percent) / 100) }
    })
  const encoded = fc
    .array(size, { minLength: 1, maxLength: 12 })
    .map((rows): Delivery => ({ kind: 'encoded', rows }))
  return fc.oneof({ weight: 4, arbitrary: whole }, pieces, encoded)
}

export const scenarios: fc.Arbitrary<Scenario> = fc.constantFrom(16, 64, 100).chain(blockBytes =>
  fc.record({
    blockBytes: fc.constant(blockBytes),
    buffers: fc.integer({ min: 2, max: 5 }),
    maxPartBytes: fc.oneof(fc.integer({ min: 1, max: 8 * blockBytes }), fc.constant(Number.MAX_SAFE_INTEGER)),
    deliveries: fc.array(deliveries(blockBytes >>> 2), { maxLength: 60 }),
    releases: fc.array(fc.nat(7), { minLength: 1, maxLength: 20 }),
  }),
)

/** Drives a writer as a database does, with a reader that releases blocks as late as it can and in any order. */
export class Drive {
  readonly pool: BlockPool
  readonly writer: BlockWriter
  /** The blocks in order, their bytes as they were when they came. */
  readonly blocks: Omit<Block, 'release'>[] = []
  readonly rows: WrittenRow[] = []
  readonly source: number[] = []
  readonly #out: { readonly block: Block; readonly bytes: Buffer }[] = []
  readonly #releases: readonly number[]
  #releaseCount = 0

  constructor({ blockBytes, buffers, maxPartBytes, releases }: Scenario) {
    this.#releases = releases
    this.pool = new BlockPool(blockBytes, buffers)
    this.writer = new BlockWriter(this.pool, maxPartBytes, block => {
      const bytes = Buffer.from(block.bytes)
      this.#out.push({ block, bytes })
      const { rowsEnded, endsRow, endsPart, partition } = block
      this.blocks.push({ bytes, rowsEnded, endsRow, endsPart, partition })
    })
  }

  deliver(delivery: Delivery): void {
    if (delivery.kind === 'whole') this.#whole(delivery.row, delivery.reserved)
    else if (delivery.kind === 'pieces') this.#pieces(delivery.pieces, delivery.least)
    else this.#encoded(delivery.rows)
  }

  releaseAll(): void {
    while (this.#out.length > 0) this.#release()
  }

  #whole(row: number, reserved: number): void {
    this.#until(() => this.writer.reserve(reserved))
    this.#write(row)
    this.rows.push({ bytes: row, inPieces: false })
    this.writer.endRow()
  }

  #pieces(pieces: readonly Piece[], least: number): void {
    this.#until(() => this.writer.reserveLarge(least))
    for (const piece of pieces) {
      this.#until(() => this.writer.reservePiece(piece.reserved))
      this.#write(piece.bytes)
    }
    this.rows.push({ bytes: bytesOf(pieces), inPieces: true })
    this.writer.endRow()
  }

  /** Copies as many rows as there is room for; the row that does not fit goes by itself. */
  #encoded(rows: readonly number[]): void {
    let first = 0
    while (first < rows.length) {
      let next = first
      let bytes = 0
      while (next < rows.length && bytes + rows[next] <= this.writer.room) bytes += rows[next++]
      if (next === first) this.#whole(rows[next], rows[next++])
      else {
        this.writer.appendRows(Buffer.from([0xff, ...this.#make(bytes), 0xff]), 1, 1 + bytes, next - first)
        for (const row of rows.slice(first, next)) this.rows.push({ bytes: row, inPieces: false })
      }
      first = next
    }
  }

  #write(bytes: number): void {
    this.writer.buffer.set(this.#make(bytes), this.writer.at)
    this.writer.at += bytes
  }

  #make(bytes: number): number[] {
    const made = Array.from({ length: bytes }, (_, index) => (this.source.length + index) % 251)
    this.source.push(...made)
    return made
  }

  #until(granted: () => boolean): void {
    while (!granted()) this.#release()
  }

  #release(): void {
    if (this.#out.length === 0)
      throw new Error('The writer waits, and no block is out that could be released.')
    const which = this.#releases[this.#releaseCount++ % this.#releases.length] % this.#out.length
    const [{ block, bytes }] = this.#out.splice(which, 1)
    if (!bytes.equals(block.bytes)) throw new Error('The bytes of a block changed before it was released.')
    block.release()
  }
}
