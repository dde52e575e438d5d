import { readRange } from '../store/read-bounded.ts'
import type { Store } from '../store/store.ts'
import { logPrefix, parseLogSegmentKey, singleLogKey } from './keys.ts'

/** An object of a log, and the position of its first byte in the log. */
interface Piece {
  readonly key: string
  readonly from: number
  readonly bytes: number
}

interface LogName {
  readonly id: string
  readonly attempt: number
  readonly attempts: readonly number[]
}

/**
 * The log of an attempt as the store has it now, for reads at any position. Positions count the bytes of its objects, one after the
 * other.
 */
export class OpenLog {
  readonly attempt: number
  /** The attempts of the run that have a log, in order. */
  readonly attempts: readonly number[]
  /** How many bytes it has. */
  readonly bytes: number
  /**
   * Another value means that positions have changed: the runner deleted segments in the middle of a long log. As long as the log only
   * grows, the value stays.
   */
  readonly layout: string
  readonly #store: Store
  readonly #bucket: string
  readonly #pieces: readonly Piece[]

  private constructor(
    store: Store,
    bucket: string,
    { attempt, attempts }: LogName,
    pieces: readonly Piece[],
    layout: string,
  ) {
    this.#store = store
    this.#bucket = bucket
    this.#pieces = pieces
    this.attempt = attempt
    this.attempts = attempts
    this.layout = layout
    const last = pieces.at(-1)
    this.bytes = last === undefined ? 0 : last.from + last.bytes
  }

  /** Lists the objects of the log. A log that has not begun is empty. */
  static async open(store: Store, bucket: string, name: LogName): Promise<OpenLog> {
    const { id, attempt } = name
    const found: { readonly segment: number; readonly key: string; readonly bytes: number }[] = []
    for await (const { key, bytes } of store.list(bucket, logPrefix(id, attempt))) {
      const segment = parseLogSegmentKey(id, key)?.segment
      if (segment !== undefined) found.push({ segment, key, bytes })
    }
    if (found.length === 0) return OpenLog.#single(store, bucket, name)
    found.sort((one, other) => one.segment - other.segment)
    const gaps = found.filter(({ segment }, at) => at > 0 && segment !== found[at - 1].segment + 1)
    let from = 0
    const pieces = found.map(({ key, bytes }) => {
      const piece = { key, from, bytes }
      from += bytes
      return piece
    })
    const layout = gaps.map(({ segment }) => segment).join('-')
    return new OpenLog(store, bucket, name, pieces, layout)
  }

  /** Earlier versions write one object. */
  static async #single(store: Store, bucket: string, name: LogName): Promise<OpenLog> {
    const key = singleLogKey(name.id, name.attempt)
    const info = await store.head({ bucket, key })
    const pieces = info === null ? [] : [{ key, from: 0, bytes: info.bytes }]
    return new OpenLog(store, bucket, name, pieces, '')
  }

  /**
   * Reads the bytes from one position to another. Bytes of a segment that was deleted meanwhile are missing: `open` again shows that.
   *
   * @param end the position after the last byte
   */
  async read(start: number, end: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (const { key, from, bytes } of this.#pieces) {
      const begin = Math.max(start, from)
      const length = Math.min(end, from + bytes) - begin
      if (length <= 0) continue
      parts.push(await readRange(this.#store, { bucket: this.#bucket, key }, begin - from, length))
    }
    return Buffer.concat(parts)
  }
}
