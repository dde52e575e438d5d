import type { BlockWriter, RowEncoder } from '../../format/index.ts'
import {
  ANY_LENGTH,
  ERROR_MARK,
  endsRows,
  LOCAL_INFILE_MARK,
  OK_MARK,
  type ResultOutcome,
  readEndOfRows,
} from './answer-packets.ts'
import { type ColumnDefinition, readColumnDefinition } from './column-definition.ts'
import { readLengthEncoded } from './length-encoded.ts'
import type { PayloadConsumer } from './packet-reader.ts'
import { malformedPacket, separatorsTooLong } from './protocol-error.ts'
import { RowInPieces } from './row-in-pieces.ts'
import { RowLoop } from './row-loop.ts'
import { writeWholeRow } from './whole-row.ts'

/** End and error packets must come whole: the longest error message has 512 characters. */
const CONTROL_BYTES = 4096

/** How the rows of a result are to be written, known once its columns are. */
export interface RowTarget {
  readonly writer: BlockWriter
  readonly encoder: RowEncoder
}

/** How an answer ended. */
export type ResultEnd =
  | { readonly kind: 'whole'; readonly outcome: ResultOutcome }
  /** The payload of the server's error packet. */
  | { readonly kind: 'error'; readonly packet: Buffer }
  /** The statement gives no rows, or several results. */
  | { readonly kind: 'unfit'; readonly reason: string }

export interface ResultHandler {
  columnsAnnounced(definitions: readonly ColumnDefinition[]): RowTarget
  ended(end: ResultEnd): void
}

/**
 * Reads the answer to one query, payload by payload.
 *
 *     COUNT ─▶ COLUMNS ─▶ COLUMNS_END ─▶ ROWS ─▶ DONE
 *
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset.html
 */
export class ResultReader implements PayloadConsumer {
  largestWhole = ANY_LENGTH
  /** Rows counted where they arrive. */
  rows = 0

  readonly #handler: ResultHandler
  readonly #extendedMetadata: boolean
  readonly #definitions: ColumnDefinition[] = []
  #phase: 'COUNT' | 'COLUMNS' | 'COLUMNS_END' | 'ROWS' | 'DONE' = 'COUNT'
  #columnCount = 0
  #target: RowTarget | null = null
  #loop: RowLoop | null = null
  #row: RowInPieces | null = null

  /** @param extendedMetadata whether the connection negotiated MariaDB's extended column metadata */
  constructor(handler: ResultHandler, extendedMetadata: boolean) {
    this.#handler = handler
    this.#extendedMetadata = extendedMetadata
  }

  rowPackets(chunk: Buffer, start: number, sequence: number): number {
    const loop = this.#loop
    if (loop === null) return start
    const at = loop.take(chunk, start, sequence)
    this.rows += loop.taken
    return at
  }

  whole(bytes: Buffer, start: number, end: number): boolean {
    if (this.#phase === 'ROWS' && this.#target !== null) {
      const mark = bytes[start]
      const isRow = mark !== ERROR_MARK && !endsRows(mark, end - start)
      if (!isRow) return this.#control(bytes.subarray(start, end))
      if (!writeWholeRow(this.#target.writer, this.#target.encoder, bytes, start, end)) return false
      this.rows++
      return true
    }
    return this.#control(bytes.subarray(start, end))
  }

  startPieces(leastBytes: number): boolean {
    return this.#row?.start(leastBytes) ?? true
  }

  piece(bytes: Buffer, start: number, end: number): number {
    return this.#row?.feed(bytes, start, end) ?? end
  }

  endPieces(): boolean {
    if (this.#row?.end() === false) return false
    this.rows++
    return true
  }

  /** Everything that is no row. */
  #control(payload: Buffer): true {
    try {
      if (this.#phase === 'ROWS') this.#afterRows(payload)
      else this.#beforeRows(payload)
    } catch (error) {
      // a read behind the end of the payload
      if (error instanceof RangeError) throw malformedPacket(error)
      throw error
    }
    return true
  }

  #beforeRows(payload: Buffer): void {
    const mark = payload[0]
    if (mark === ERROR_MARK) {
      this.#finish({ kind: 'error', packet: Buffer.from(payload) })
      return
    }
    switch (this.#phase) {
      case 'COUNT':
        this.#readCount(payload, mark)
        break
      case 'COLUMNS':
        this.#definitions.push(readColumnDefinition(payload, this.#extendedMetadata))
        if (this.#definitions.length === this.#columnCount) this.#phase = 'COLUMNS_END'
        break
      case 'COLUMNS_END':
        this.#startRows()
        break
      default:
        this.#finish({ kind: 'unfit', reason: 'the server sent more than it announced' })
    }
  }

  #readCount(payload: Buffer, mark: number): void {
    if (mark === OK_MARK || mark === LOCAL_INFILE_MARK) {
      this.#finish({ kind: 'unfit', reason: 'the statement gives no rows' })
      return
    }
    this.#columnCount = readLengthEncoded(payload, 0)
    this.#phase = 'COLUMNS'
  }

  #startRows(): void {
    const target = this.#handler.columnsAnnounced(this.#definitions)
    this.#target = target
    this.#row = new RowInPieces(target.writer, target.encoder)
    this.largestWhole = Math.floor(
      (target.writer.largestWholeRow - target.encoder.overheadPerRow) / target.encoder.growth,
    )
    if (this.largestWhole < CONTROL_BYTES) throw separatorsTooLong(this.#definitions.length)
    this.#loop = new RowLoop(target.writer, target.encoder, this.largestWhole)
    this.#phase = 'ROWS'
  }

  #afterRows(payload: Buffer): void {
    if (payload[0] === ERROR_MARK) {
      this.#finish({ kind: 'error', packet: Buffer.from(payload) })
      return
    }
    const { outcome, hasMore } = readEndOfRows(payload)
    if (hasMore) this.#finish({ kind: 'unfit', reason: 'the statement gives several results' })
    else this.#finish({ kind: 'whole', outcome })
  }

  #finish(end: ResultEnd): void {
    this.#phase = 'DONE'
    this.#loop = null
    this.largestWhole = ANY_LENGTH
    this.#handler.ended(end)
  }
}
