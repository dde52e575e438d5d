import { packetOutOfOrder } from './protocol-error.ts'

const HEADER_BYTES = 4
/** A payload of this length continues in the next packet. */
const FULL_PAYLOAD = 0xffffff
/** The reply to a command starts with packet number 1. */
const FIRST_SEQUENCE = 1

/**
 * Takes payloads. Every method may refuse for lack of a buffer; then the reader calls it again with the same
 * arguments.
 */
export interface PayloadConsumer {
  /** The reader passes payloads of at most this many bytes whole, and longer ones in pieces. */
  readonly largestWhole: number
  /** Number of packets that `rowPackets` took. */
  readonly rows: number
  /**
   * Takes ordinary row packets from `start` on, with the packet number `sequence`, and returns the offset at which it
   * stopped. It need not take any.
   */
  rowPackets(chunk: Buffer, start: number, sequence: number): number
  /** A payload from `start` to `end`. */
  whole(bytes: Buffer, start: number, end: number): boolean
  /** A payload of at least `leastBytes` will come in pieces. */
  startPieces(leastBytes: number): boolean
  /** The next bytes of that payload. Returns the offset at which it stopped. */
  piece(bytes: Buffer, start: number, end: number): number
  endPieces(): boolean
}

/**
 * Cuts the socket's chunks into the payloads of the protocol's packets. It passes a payload that lies whole in a
 * chunk without copying it, and copies only packets that the end of the chunk cuts.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html
 *
 *   PACKETS ──longer than largestWhole──▶ START ─▶ BYTES ⇄ HEADER
 *      ▲                                             │
 *      └──────────────────── END ◀───────────────────┘
 */
export class PacketReader {
  readonly #consumer: PayloadConsumer
  #state: 'PACKETS' | 'START' | 'BYTES' | 'HEADER' | 'END' = 'PACKETS'
  #sequence = FIRST_SEQUENCE
  /** A packet, header included, that the end of a chunk cut. */
  #cut = Buffer.allocUnsafeSlow(64 * 1024)
  #cutBytes = 0
  /**
   * For a payload in pieces: the remaining bytes of this packet's payload, and whether the whole payload ends with
   * it.
   */
  #remaining = 0
  #isLast = false
  #stalled = false

  constructor(consumer: PayloadConsumer) {
    this.#consumer = consumer
  }

  /** True after a `consume` that stopped because the consumer refused. Call it again with the remaining bytes. */
  get stalled(): boolean {
    return this.#stalled
  }

  /** Takes the chunk from `start` on, and returns the offset at which it stopped. */
  consume(chunk: Buffer, start: number): number {
    let at = start
    let again = this.#stalled
    this.#stalled = false
    while (!this.#stalled && (again || at < chunk.length)) {
      again = false
      if (this.#state !== 'PACKETS') at = this.#consumePieces(chunk, at)
      else if (this.#cutBytes > 0) at = this.#completeCut(chunk, at)
      else at = this.#consumePackets(chunk, at)
      // A payload in pieces may reach its END only after the chunk is used up.
      again = this.#state === 'END' || this.#state === 'START'
    }
    return at
  }

  #consumePackets(chunk: Buffer, start: number): number {
    const consumer = this.#consumer
    const end = chunk.length
    let at = this.#rowPackets(chunk, start)
    while (end - at >= HEADER_BYTES) {
      const length = chunk[at] | (chunk[at + 1] << 8) | (chunk[at + 2] << 16)
      if (length > consumer.largestWhole) {
        this.#checkSequence(chunk[at + 3])
        return this.#startPieces(length, at + HEADER_BYTES)
      }
      const payload = at + HEADER_BYTES
      if (payload + length > end) break
      if (chunk[at + 3] !== this.#sequence) throw packetOutOfOrder(this.#sequence, chunk[at + 3])
      if (!consumer.whole(chunk, payload, payload + length)) {
        this.#stalled = true
        return at
      }
      this.#sequence = (this.#sequence + 1) & 0xff
      at = this.#rowPackets(chunk, payload + length)
    }
    this.#keep(chunk, at, end)
    return end
  }

  #rowPackets(chunk: Buffer, start: number): number {
    const consumer = this.#consumer
    const before = consumer.rows
    const at = consumer.rowPackets(chunk, start, this.#sequence)
    this.#sequence = (this.#sequence + consumer.rows - before) & 0xff
    return at
  }

  #completeCut(chunk: Buffer, start: number): number {
    let at = this.#fillCut(chunk, start, HEADER_BYTES)
    if (this.#cutBytes < HEADER_BYTES) return at
    const length = this.#cut.readUIntLE(0, 3)
    if (length > this.#consumer.largestWhole) {
      this.#checkSequence(this.#cut[3])
      return this.#startPieces(length, at)
    }
    at = this.#fillCut(chunk, at, HEADER_BYTES + length)
    if (this.#cutBytes < HEADER_BYTES + length) return at
    if (this.#cut[3] !== this.#sequence) throw packetOutOfOrder(this.#sequence, this.#cut[3])
    // A separate view, because encoders remember what they found in a source, and this memory is reused.
    const packet = this.#cut.subarray(0, HEADER_BYTES + length)
    if (this.#consumer.whole(packet, HEADER_BYTES, packet.length)) {
      this.#sequence = (this.#sequence + 1) & 0xff
      this.#cutBytes = 0
    } else this.#stalled = true
    return at
  }

  #startPieces(length: number, at: number): number {
    this.#cutBytes = 0
    this.#remaining = length
    this.#isLast = length < FULL_PAYLOAD
    this.#state = 'START'
    return at
  }

  #consumePieces(chunk: Buffer, start: number): number {
    if (this.#state === 'START') this.#step(this.#consumer.startPieces(this.#remaining), 'BYTES')
    else if (this.#state === 'END') this.#step(this.#consumer.endPieces(), 'PACKETS')
    else if (this.#state === 'HEADER') return this.#nextHeader(chunk, start)
    else return this.#nextBytes(chunk, start)
    return start
  }

  #nextBytes(chunk: Buffer, start: number): number {
    const wanted = Math.min(chunk.length, start + this.#remaining)
    const at = this.#consumer.piece(chunk, start, wanted)
    this.#remaining -= at - start
    if (at < wanted) this.#stalled = true
    else if (this.#remaining === 0) this.#state = this.#isLast ? 'END' : 'HEADER'
    return at
  }

  #nextHeader(chunk: Buffer, start: number): number {
    const at = this.#fillCut(chunk, start, HEADER_BYTES)
    if (this.#cutBytes < HEADER_BYTES) return at
    this.#checkSequence(this.#cut[3])
    this.#startPieces(this.#cut.readUIntLE(0, 3), at)
    this.#state = this.#remaining === 0 ? 'END' : 'BYTES'
    return at
  }

  #step(done: boolean, next: 'BYTES' | 'PACKETS'): void {
    if (done) this.#state = next
    else this.#stalled = true
  }

  #checkSequence(found: number): void {
    if (found !== this.#sequence) throw packetOutOfOrder(this.#sequence, found)
    this.#sequence = (this.#sequence + 1) & 0xff
  }

  /** Adds to the cut packet until it has `bytes` bytes or the chunk ends. */
  #fillCut(chunk: Buffer, start: number, bytes: number): number {
    const end = Math.min(chunk.length, start + Math.max(0, bytes - this.#cutBytes))
    this.#keep(chunk, start, end)
    return end
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const needed = this.#cutBytes + end - start
    if (needed > this.#cut.length) {
      const larger = Buffer.allocUnsafeSlow(2 * needed)
      this.#cut.copy(larger, 0, 0, this.#cutBytes)
      this.#cut = larger
    }
    this.#cutBytes += chunk.copy(this.#cut, this.#cutBytes, start, end)
  }
}
