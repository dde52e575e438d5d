import { Footer, type FooterOptions, MAGIC } from './footer.ts'
import type { RowGroup } from './row-group.ts'
import type { ParquetColumn } from './type.ts'

/** Totals of a finished file. */
export interface PartSummary {
  readonly rows: number
  readonly bytes: number
  readonly groups: number
}

/** The most bytes of a part, and of its footer. A part ends before a group that would make either longer. */
export interface PartLimits {
  readonly partBytes: number
  readonly footerBytes: number
}

const END_OF_PART = 'end of part'

/** The bytes of finished row groups and footers, in order. */
export class Output {
  /** Rows of the group that ended with the last byte that `drain` copied; 0 if none did. */
  endedRows = 0
  /** The bytes of that group before compression. */
  endedRawBytes = 0
  /** The part that ended with the last byte that `drain` copied, or null. */
  endedPart: PartSummary | null = null
  readonly #columns: readonly ParquetColumn[]
  readonly #options: FooterOptions
  readonly #limits: PartLimits
  readonly #queue: (RowGroup | typeof END_OF_PART)[] = []
  #footer: Footer
  /** Bytes of the file that are drained. */
  #offset = 0
  /** Magic bytes or a footer, as far as they are not drained. */
  #loose: Buffer = MAGIC
  #isEnding = false

  constructor(columns: readonly ParquetColumn[], options: FooterOptions, limits: PartLimits) {
    this.#columns = columns
    this.#options = options
    this.#limits = limits
    this.#footer = new Footer(columns, options)
  }

  add(group: RowGroup): void {
    this.#queue.push(group)
  }

  endPart(): void {
    this.#queue.push(END_OF_PART)
  }

  /** Whether nothing waits to be drained. */
  get isEmpty(): boolean {
    return this.#queue.length === 0 && !this.#isEnding
  }

  /** Whether `drain` has bytes. */
  get isReady(): boolean {
    if (this.#isEnding) return true
    const next = this.#queue[0]
    if (next === undefined || next === END_OF_PART) return next !== undefined
    // Whether a group belongs to the next part, its size decides.
    return this.#footer.groups > 0 && next.drainedBytes === 0 ? next.isWhole : next.isReady
  }

  /** Copies bytes to `target` from `first` on, never beyond the end of a group or a part. Returns where they end. */
  drain(target: Uint8Array, first: number): number {
    this.endedRows = 0
    this.endedRawBytes = 0
    this.endedPart = null
    if (!this.isReady) return first
    let at = first
    while (at < target.length) {
      if (this.#loose.length > 0) {
        at = this.#drainLoose(target, at)
        if (this.endedPart !== null) return at
        continue
      }
      const next = this.#queue[0]
      if (next === undefined) return at
      if (next === END_OF_PART || this.#isTooMuch(next)) {
        if (next === END_OF_PART) this.#queue.shift()
        this.#loose = this.#footer.write(this.#offset)
        this.#isEnding = true
        continue
      }
      const end = next.drain(target, at, this.#offset)
      this.#offset += end - at
      at = end
      if (!next.isDrained) return at
      this.#queue.shift()
      this.#footer.addGroup(next)
      this.endedRows = next.rows
      this.endedRawBytes = next.rawBytes
      return at
    }
    return at
  }

  /** Whether the part must end before a group. */
  #isTooMuch(group: RowGroup): boolean {
    if (group.drainedBytes > 0 || this.#footer.groups === 0) return false
    const footerBytes = this.#footer.mostBytesWith(group)
    const { partBytes } = this.#limits
    return footerBytes > this.#limits.footerBytes || this.#offset + group.bytes + footerBytes > partBytes
  }

  release(): void {
    for (const item of this.#queue.splice(0)) if (item !== END_OF_PART) item.release()
  }

  #drainLoose(target: Uint8Array, at: number): number {
    const count = Math.min(this.#loose.length, target.length - at)
    target.set(this.#loose.subarray(0, count), at)
    this.#loose = this.#loose.subarray(count)
    this.#offset += count
    if (this.#loose.length === 0 && this.#isEnding) {
      this.endedPart = { rows: this.#footer.rows, bytes: this.#offset, groups: this.#footer.groups }
      this.#footer = new Footer(this.#columns, this.#options)
      this.#offset = 0
      this.#loose = MAGIC
      this.#isEnding = false
    }
    return at + count
  }
}
