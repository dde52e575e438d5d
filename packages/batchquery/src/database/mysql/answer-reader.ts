import { ANY_LENGTH } from './answer-packets.ts'
import type { PayloadConsumer } from './packet-reader.ts'
import { malformedPacket } from './protocol-error.ts'

/** Reads an answer payload by payload. For answers whose rows, if they have any, need no speed. */
export abstract class AnswerReader implements PayloadConsumer {
  largestWhole = ANY_LENGTH
  /** No row is taken past `whole`. */
  readonly rows = 0

  /** Takes one payload. A RangeError, which a read beyond its end throws, means that the payload is malformed. */
  protected abstract take(payload: Buffer): void

  rowPackets(_chunk: Buffer, start: number): number {
    return start
  }

  whole(bytes: Buffer, start: number, end: number): true {
    try {
      this.take(bytes.subarray(start, end))
    } catch (error) {
      if (error instanceof RangeError) throw malformedPacket(error)
      throw error
    }
    return true
  }

  startPieces(): boolean {
    throw malformedPacket(new Error('a packet of 16 MiB'))
  }

  piece(_bytes: Buffer, start: number, _end: number): number {
    this.startPieces()
    return start
  }

  endPieces(): boolean {
    return this.startPieces()
  }
}
