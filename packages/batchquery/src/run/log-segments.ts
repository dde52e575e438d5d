import { LogSegment, SEGMENT_BYTES } from './log-segment.ts'

/** What is kept of a log without end: its beginning, and at least as much of its end. */
const HEAD_BYTES = 8 * 1024 * 1024
const TAIL_BYTES = 8 * 1024 * 1024

/** How many segments are deleted at once. */
const DELETES = 32

/** What the segment says that stands for what is left out. */
const leftOutNote = (bytes: number): string =>
  bytes === 0 ? '' : `(${bytes} bytes of the log are left out here)\n`

/** The longest note, and more than that. */
export const NOTE_CHARACTERS = 100

/** Whether segments may be missing behind the one that has this text. */
export const isLeftOutNote = (text: string): boolean =>
  /^(\(\d+ bytes of the log are left out here\)\n)?$/.test(text)

/** One write that the log needs. */
export interface SegmentWrite {
  readonly number: number
  readonly bytes: Uint8Array
  /** More is added to the segment later. */
  readonly isOpen: boolean
  /** To be called when the store has the bytes. */
  readonly done: () => void
}

/**
 * The log of an attempt as segments, which have the order of their numbers:
 *
 *     1 2 … the first 8 MiB │ how much is left out │ … the last 8 MiB, of which the last segment is open
 *
 * The number of the note is taken, and the note written, empty, before the first segment behind the beginning: the numbers
 * have no gap before segments are dropped, and none but behind the note later. What was never written is dropped without a
 * number. In memory is what the store does not have yet, at most 16 MiB, and the sizes of the last segments.
 */
export class LogSegments {
  /** What the store does not have yet, in order; the last one may be open. */
  readonly #waiting: LogSegment[] = []
  #headBytes = 0
  #lastNumber = 0
  /** Null before the beginning is full. */
  #note: { readonly number: number; written: string | null } | null = null
  #leftOut = 0
  /** The complete segments behind the note that are kept: their sizes, and the number of the first one. */
  readonly #kept: number[] = []
  #firstKept = 0
  /** All kept segments behind the note, those that wait too. */
  #tailBytes = 0
  /** The first segment behind the note that was not deleted. */
  #firstThere = 0

  /**
   * An entry stays in one segment if that can hold it; a longer one is cut between two characters.
   *
   * @returns whether a segment is full now, which need not wait for the next write
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

  /** @param isOpenDue whether the open segment is written too */
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

  /** Some of the segments that were dropped and are still there; none while the note does not say that they are. */
  dropped(): readonly number[] {
    if (this.#note?.written !== leftOutNote(this.#leftOut)) return []
    const numbers = Math.min(this.#firstKept - this.#firstThere, DELETES)
    return Array.from({ length: numbers }, (_, at) => this.#firstThere + at)
  }

  /** What `dropped` gave is deleted. */
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
    // One that is still being written when it is dropped waits no more.
    if (!segment.isClosed || !segment.isInStore || this.#waiting[0] !== segment) return
    this.#waiting.shift()
    if (segment.isTail) this.#kept.push(segment.bytes)
  }

  /** Drops the oldest segments behind the note, as far as enough of the end stays without them. */
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

/** The place of the last character that begins before `end`, or there. */
function characterBefore(bytes: Uint8Array, end: number): number {
  let at = end
  while ((bytes[at] & 0xc0) === 0x80) at--
  return at
}
