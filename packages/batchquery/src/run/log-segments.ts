import { LogSegment, SEGMENT_BYTES } from './log-segment.ts'

/** How much of a long log is kept: its beginning, and at least as much of its end. */
const HEAD_BYTES = 8 * 1024 * 1024
const TAIL_BYTES = 8 * 1024 * 1024

/** How many segments are deleted at once. */
const DELETES = 32

/** The text of the segment that replaces the deleted ones. */
const leftOutNote = (bytes: number): string =>
  bytes === 0 ? '' : `(${bytes} bytes of the log are left out here)\n`

/** No note is longer. */
export const NOTE_CHARACTERS = 100

/** Whether this is the text of the note: segments may be missing after it. */
export const isLeftOutNote = (text: string): boolean =>
  /^(\(\d+ bytes of the log are left out here\)\n)?$/.test(text)

/** One write to the store. */
export interface SegmentWrite {
  readonly number: number
  readonly bytes: Uint8Array
  /** The segment may still grow. */
  readonly isOpen: boolean
  /** Call it when the store has the bytes. */
  readonly done: () => void
}

/**
 * The log of an attempt as segments, in the order of their numbers:
 *
 *     1 2 … the first 8 MiB │ the note: how much is left out │ … the last 8 MiB, of which the last segment is open
 *
 * The note gets its number, and is written empty, before the first segment after the beginning. So the numbers have no gap
 * until segments are deleted, and then only after the note. A segment that is dropped before it was written gets no number.
 * Memory contains what the store does not have yet, at most 16 MiB, and the sizes of the last segments.
 */
export class LogSegments {
  /** The segments that the store does not have yet, in order. The last one may be open. */
  readonly #waiting: LogSegment[] = []
  #headBytes = 0
  #lastNumber = 0
  /** Null until the beginning is full. */
  #note: { readonly number: number; written: string | null } | null = null
  #leftOut = 0
  /** The sizes of the complete segments that are kept after the note, and the number of the first one. */
  readonly #kept: number[] = []
  #firstKept = 0
  /** The bytes of all kept segments after the note, including waiting ones. */
  #tailBytes = 0
  /** The first segment after the note that is not deleted yet. */
  #firstThere = 0

  /**
   * Puts an entry into one segment, if it fits into one. Cuts a longer one between two characters.
   *
   * @returns whether a segment is full now, so that it can be written at once
   */
  append(entry: string): boolean {
    const bytes = Buffer.from(entry)
    let isFull = false
    for (let at = 0; at < bytes.length; ) {
      const rest = bytes.length - at
      const open = this.#open()
      if (open.bytes > 0 && rest > open.room) {
        this.#close(open)
        isFull = true
        continue
      }
      const end = rest <= SEGMENT_BYTES ? bytes.length : characterBefore(bytes, at + SEGMENT_BYTES)
      open.add(bytes.subarray(at, end))
      if (open.isTail) this.#tailBytes += end - at
      else this.#headBytes += end - at
      at = end
    }
    this.#drop()
    return isFull
  }

  /** @param isOpenDue whether to write the open segment too */
  nextWrite(isOpenDue: boolean): SegmentWrite | null {
    const note = this.#noteWrite()
    if (note !== null) return note
    const [segment] = this.#waiting
    if (segment === undefined || segment.isInStore || !(segment.isClosed || isOpenDue)) return null
    if (segment.isTail && this.#note === null) {
      this.#note = { number: ++this.#lastNumber, written: null }
      this.#firstKept = this.#firstThere = this.#lastNumber + 1
      return this.#noteWrite()
    }
    segment.number ??= ++this.#lastNumber
    const { number, content } = segment
    const done = (): void => {
      segment.written(content.length)
      this.#keepIfComplete(segment)
    }
    return { number, bytes: content, isOpen: !segment.isClosed, done }
  }

  /** Some of the dropped segments that still exist; none until the store has the note that counts them. */
  dropped(): readonly number[] {
    if (this.#note?.written !== leftOutNote(this.#leftOut)) return []
    const numbers = Math.min(this.#firstKept - this.#firstThere, DELETES)
    return Array.from({ length: numbers }, (_, at) => this.#firstThere + at)
  }

  /** Call it when the segments that `dropped` returned are deleted. */
  deleted(numbers: readonly number[]): void {
    this.#firstThere += numbers.length
  }

  #noteWrite(): SegmentWrite | null {
    const note = this.#note
    const text = leftOutNote(this.#leftOut)
    if (note === null || note.written === text) return null
    const done = (): void => {
      note.written = text
    }
    return { number: note.number, bytes: Buffer.from(text), isOpen: false, done }
  }

  #open(): LogSegment {
    const last = this.#waiting.at(-1)
    if (last !== undefined && !last.isClosed) return last
    const segment = new LogSegment(this.#headBytes >= HEAD_BYTES)
    this.#waiting.push(segment)
    return segment
  }

  #close(segment: LogSegment): void {
    segment.close()
    this.#keepIfComplete(segment)
  }

  #keepIfComplete(segment: LogSegment): void {
    // A segment that was dropped while it was written is not in the list any more.
    if (!segment.isClosed || !segment.isInStore || this.#waiting[0] !== segment) return
    this.#waiting.shift()
    if (segment.isTail) this.#kept.push(segment.bytes)
  }

  /** Drops the oldest segments after the note, as long as enough of the end remains. */
  #drop(): void {
    for (;;) {
      const at = this.#kept.length > 0 ? -1 : this.#waiting.findIndex(segment => segment.isTail)
      const oldest = at === -1 ? this.#kept[0] : this.#waiting[at].bytes
      if (oldest === undefined || this.#tailBytes - oldest < TAIL_BYTES) return
      this.#tailBytes -= oldest
      this.#leftOut += oldest
      const number = at === -1 ? this.#firstKept : (this.#waiting[at].number ?? this.#firstKept - 1)
      if (at === -1) this.#kept.shift()
      else this.#waiting.splice(at, 1)
      this.#firstKept = number + 1
    }
  }
}

/** The index at which the last character begins, at or before `end`. */
function characterBefore(bytes: Uint8Array, end: number): number {
  let at = end
  while ((bytes[at] & 0xc0) === 0x80) at--
  return at
}
