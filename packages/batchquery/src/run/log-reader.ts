import type { BatchQueryError } from '../errors/index.ts'
import { readBounded } from '../store/read-bounded.ts'
import type { ObjectAddress, Store } from '../store/store.ts'
import { logPrefix, logSegmentKey, parseLogSegmentKey } from './keys.ts'
import { isLeftOutNote, NOTE_CHARACTERS } from './log-segments.ts'
import { invalidObject } from './parse-object.ts'

/** A segment has at most 256 KiB. */
const MAX_SEGMENT_BYTES = 4 * 1024 * 1024
/** How many complete segments are read at once. */
const AHEAD = 16

/** Replaces segments that were deleted before the reader got to them. */
const GAP = '(some of the log is left out here)\n'

/**
 * Reads the log of an attempt. Each call continues after the last one.
 *
 *     behind ──(all segments of a listing are read)──▶ at the end of a segment ⟲ it grows, or the next one comes
 *        ▲                                                        │
 *        └────────────(the next segments were deleted)────────────┘
 *
 * At the end of the log, a call costs two requests, however many segments the log has.
 */
export class LogReader {
  readonly #store: Store
  readonly #bucket: string
  readonly #id: string
  readonly #attempt: number
  #isBehind = true
  /** The current segment; 0 before the first. */
  #segment = 0
  #read = 0
  #decoder = new TextDecoder()
  /** The first characters of the segment. */
  #beginning = ''

  constructor(store: Store, bucket: string, id: string, attempt: number) {
    this.#store = store
    this.#bucket = bucket
    this.#id = id
    this.#attempt = attempt
  }

  /** Yields the text added since the last call; none if there is no log yet. @throws RUN_RECORD_INVALID if an object is not a log */
  async *added(): AsyncIterable<string> {
    for (;;) {
      if (this.#isBehind) yield* this.#catchUp()
      // Look for the next one first: a segment is complete when the next one exists.
      const isNextThere = (await this.#store.head(this.#at(this.#segment + 1))) !== null
      const isThere = yield* this.#rest()
      if (isNextThere) this.#enter(this.#segment + 1)
      else if ((isThere && !isLeftOutNote(this.#beginning)) || (await this.#later()).length === 0) return
      else this.#isBehind = true
    }
  }

  /** Reads all later segments of a listing. The last one may still grow. */
  async *#catchUp(): AsyncIterable<string> {
    const later = await this.#later()
    for (let first = 0; first < later.length; first += AHEAD) {
      const some = later.slice(first, first + AHEAD)
      const contents = await Promise.all(some.map(segment => this.#whole(segment)))
      for (const [at, bytes] of contents.entries()) {
        // Deleted after the listing.
        if (bytes === null) continue
        if (some[at] !== this.#segment + 1 && !isLeftOutNote(this.#beginning)) yield GAP
        this.#enter(some[at])
        yield* this.#textOf(bytes)
      }
    }
    this.#isBehind = false
  }

  /** Reads the rest of the segment. @returns false if the segment does not exist (any more) */
  async *#rest(): AsyncGenerator<string, boolean> {
    const info = await this.#store.head(this.#at(this.#segment))
    if (info === null) return false
    // A note does not grow: the writer replaces it by another one.
    const isRead = this.#read > 0 && isLeftOutNote(this.#beginning)
    if (isRead || info.bytes <= this.#read) return true
    if (info.bytes > MAX_SEGMENT_BYTES) throw this.#tooLarge(this.#segment)
    for await (const bytes of (await this.#store.open(this.#at(this.#segment), this.#read)) ?? [])
      yield* this.#textOf(bytes)
    return true
  }

  *#textOf(bytes: Uint8Array): Iterable<string> {
    this.#read += bytes.length
    const text = this.#decoder.decode(bytes, { stream: true })
    this.#beginning = (this.#beginning + text).slice(0, NOTE_CHARACTERS)
    if (text !== '') yield text
  }

  #enter(segment: number): void {
    this.#segment = segment
    this.#read = 0
    this.#decoder = new TextDecoder()
    this.#beginning = ''
  }

  async #whole(segment: number): Promise<Uint8Array | null> {
    const bytes = await readBounded(this.#store, this.#at(segment), MAX_SEGMENT_BYTES)
    if (bytes === 'too large') throw this.#tooLarge(segment)
    return bytes
  }

  /** The later segments in order. Their keys sort this way only up to the number 9999. */
  async #later(): Promise<number[]> {
    const segments: number[] = []
    for await (const { key } of this.#store.list(this.#bucket, logPrefix(this.#id, this.#attempt))) {
      const segment = parseLogSegmentKey(this.#id, key)?.segment ?? 0
      if (segment > this.#segment) segments.push(segment)
    }
    return segments.sort((one, other) => one - other)
  }

  #at(segment: number): ObjectAddress {
    return { bucket: this.#bucket, key: logSegmentKey(this.#id, this.#attempt, segment) }
  }

  #tooLarge(segment: number): BatchQueryError {
    return invalidObject(this.#store.uriOf(this.#at(segment)), `larger than ${MAX_SEGMENT_BYTES} bytes`)
  }
}
