import type { Encoder } from '../../format/index.ts'
import { COPY_SIGNATURE, COUNT_BYTES, LENGTH_BYTES, malformedRow, NULL } from './binary-copy.ts'

/** A call of the encoder that needs no further bytes of the row. */
type Pending = 'null' | 'empty value' | 'end of row'

/**
 * Passes on a row of COPY in FORMAT binary as its bytes come.
 *
 *     [SIGNATURE ──▶] COUNT ──▶ LENGTH ──above 0──▶ VALUE ──▶ next LENGTH, or end of row
 *                                  └──NULL, empty──▶ next LENGTH, or end of row
 */
export class BinaryRowInPieces {
  hasEnded = false
  readonly #encoder: Encoder
  readonly #columns: number
  #column = 0
  /** The length of the part that is read: the signature, the count, or a length. The end of a chunk may cut it. */
  #wanted = LENGTH_BYTES
  readonly #part = Buffer.alloc(COPY_SIGNATURE.length)
  #partBytes = 0
  /** The bytes of the value that are still to come. */
  #rest = 0
  #pending: Pending | null = null
  /** Whether the encoder refused what is pending. Its last byte was read, but the caller passes it again. */
  #isHeld = false

  constructor(encoder: Encoder, columns: number) {
    this.#encoder = encoder
    this.#columns = columns
  }

  /** Begins a row in a message of so many bytes. Returns false if the encoder refuses it. */
  start(bytes: number, hasSignature: boolean): boolean {
    const before = (hasSignature ? COPY_SIGNATURE.length : 0) + COUNT_BYTES
    const ofValues = bytes - before - this.#columns * LENGTH_BYTES
    if (ofValues < 0) throw malformedRow()
    if (!this.#encoder.startRow(ofValues, ofValues)) return false
    this.#wanted = hasSignature ? COPY_SIGNATURE.length : COUNT_BYTES
    this.#column = 0
    this.hasEnded = false
    return true
  }

  /** Takes bytes of the row, and returns where it stopped. */
  piece(chunk: Buffer, start: number, end: number): number {
    let at = this.#isHeld ? start + 1 : start
    for (;;) {
      this.#isHeld = !this.#settle()
      if (this.#isHeld) return at - 1
      if (at === end || this.hasEnded) return at
      const next = this.#rest > 0 ? this.#value(chunk, at, end) : this.#read(chunk, at, end)
      if (next === at) return at
      at = next
    }
  }

  #value(chunk: Buffer, start: number, most: number): number {
    const end = Math.min(most, start + this.#rest, start + this.#encoder.mostPieceBytes)
    const rest = this.#rest - (end - start)
    if (!this.#encoder.piece(chunk, start, end, rest)) return start
    this.#rest = rest
    if (rest === 0) this.#pending = this.#endValue()
    return end
  }

  #read(chunk: Buffer, start: number, most: number): number {
    const end = Math.min(most, start + this.#wanted - this.#partBytes)
    this.#partBytes += chunk.copy(this.#part, this.#partBytes, start, end)
    if (this.#partBytes === this.#wanted) {
      this.#partBytes = 0
      this.#understand(this.#part.subarray(0, this.#wanted))
    }
    return end
  }

  #understand(part: Buffer): void {
    if (this.#wanted === LENGTH_BYTES) {
      const length = part.readInt32BE()
      if (length < NULL) throw malformedRow()
      this.#rest = Math.max(0, length)
      if (length <= 0) this.#pending = length === NULL ? 'null' : 'empty value'
    } else if (this.#wanted === COUNT_BYTES) {
      if (part.readInt16BE() !== this.#columns) throw malformedRow()
      this.#wanted = LENGTH_BYTES
    } else {
      if (!part.equals(COPY_SIGNATURE)) throw malformedRow()
      this.#wanted = COUNT_BYTES
    }
  }

  /** Does what is pending. Returns false if the encoder refuses it. */
  #settle(): boolean {
    while (this.#pending !== null) {
      if (!this.#tell(this.#pending)) return false
      this.hasEnded = this.#pending === 'end of row'
      this.#pending = this.hasEnded ? null : this.#endValue()
    }
    return true
  }

  #tell(pending: Pending): boolean {
    if (pending === 'null') return this.#encoder.nullValue()
    if (pending === 'empty value') return this.#encoder.piece(this.#part, 0, 0, 0)
    return this.#encoder.endRow()
  }

  #endValue(): Pending | null {
    return ++this.#column === this.#columns ? 'end of row' : null
  }
}
