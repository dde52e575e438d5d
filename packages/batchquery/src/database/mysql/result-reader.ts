import type { Encoder, InlineRows } from '../../format/index.ts'
import {
  ANY_LENGTH,
  ERROR_MARK,
  endsRows,
  LOCAL_INFILE_MARK,
  OK_MARK,
  type ResultOutcome,
  readEndOfRows,
} from './answer-packets.ts'
import { BinaryLayout } from './binary-rows.ts'
import { type ColumnDefinition, readColumnDefinition } from './column-definition.ts'
import { readLengthEncoded } from './length-encoded.ts'
import { hasMembers, MemberLoop } from './member-loop.ts'
import type { PayloadConsumer } from './packet-reader.ts'
import { malformedPacket } from './protocol-error.ts'
import { RowInPieces } from './row-in-pieces.ts'
import { RowLoop } from './row-loop.ts'
import { findPlaces, PlaceLoop } from './row-places.ts'

/** End and error packets must come whole: the longest error message has 512 characters. */
const CONTROL_BYTES = 4096

/** How an answer ended. */
export type ResultEnd =
  | { readonly kind: 'whole'; readonly outcome: ResultOutcome }
  /** The payload of the server's error packet. */
  | { readonly kind: 'error'; readonly packet: Buffer }
  /** The statement returns no rows, or several results. */
  | { readonly kind: 'unfit'; readonly reason: string }

/** The protocol of the rows: a prepared statement answers in binary. */
export type RowProtocol = 'text' | 'binary'

export interface ResultHandler {
  /** Returns the encoder for these columns. */
  columnsAnnounced(definitions: readonly ColumnDefinition[]): Encoder
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
  /** The rows that have arrived. */
  rows = 0

  readonly #handler: ResultHandler
  readonly #extendedMetadata: boolean
  readonly #protocol: RowProtocol
  readonly #definitions: ColumnDefinition[] = []
  #phase: 'COUNT' | 'COLUMNS' | 'COLUMNS_END' | 'ROWS' | 'DONE' = 'COUNT'
  #columnCount = 0
  #encoder: Encoder | null = null
  #loop: RowLoop | MemberLoop | PlaceLoop | null = null
  #row: RowInPieces | null = null
  /** The places in one row. */
  #places = new Int32Array()
  /** Null for rows of the text protocol. */
  #layout: BinaryLayout | null = null
  /** How many bytes the encoder took of a row that lies whole in the source and is given to it in pieces; -1 before. */
  #fed = -1

  /** @param extendedMetadata whether the connection negotiated MariaDB's extended column metadata */
  constructor(handler: ResultHandler, extendedMetadata: boolean, protocol: RowProtocol = 'text') {
    this.#handler = handler
    this.#extendedMetadata = extendedMetadata
    this.#protocol = protocol
  }

  rowPackets(chunk: Buffer, start: number, sequence: number): number {
    const loop = this.#loop
    if (loop === null) return start
    const at = loop.take(chunk, start, sequence)
    this.rows += loop.taken
    return at
  }

  whole(bytes: Buffer, start: number, end: number): boolean {
    if (this.#phase === 'ROWS' && this.#encoder !== null) {
      const mark = bytes[start]
      const isRow = mark !== ERROR_MARK && !endsRows(mark, end - start)
      if (!isRow) return this.#control(bytes.subarray(start, end))
      if (end - start > this.#encoder.mostRowBytes) return this.#inPieces(bytes, start, end)
      findPlaces(this.#layout, this.#definitions.length, bytes, start, end, this.#places, 0)
      if (this.#encoder.rows(bytes, this.#places, 1) === 0) return false
      this.rows++
      return true
    }
    return this.#control(bytes.subarray(start, end))
  }

  /** The row came whole because it might have been the end of the rows, and is too long for the encoder. */
  #inPieces(bytes: Buffer, start: number, end: number): boolean {
    if (this.#fed < 0 && !this.startPieces(end - start)) return false
    const from = start + Math.max(0, this.#fed)
    this.#fed = this.piece(bytes, from, end) - start
    if (this.#fed < end - start || !this.endPieces()) return false
    this.#fed = -1
    return true
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

  /** Takes a payload that is not a row. */
  #control(payload: Buffer): true {
    try {
      if (this.#phase === 'ROWS') this.#afterRows(payload)
      else this.#beforeRows(payload)
    } catch (error) {
      // a read beyond the end of the payload
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
      this.#finish({ kind: 'unfit', reason: 'the statement returns no rows' })
      return
    }
    this.#columnCount = readLengthEncoded(payload, 0)
    this.#phase = 'COLUMNS'
  }

  #startRows(): void {
    const columns = this.#definitions.length
    const encoder = this.#handler.columnsAnnounced(this.#definitions)
    const { inline, mostRowBytes } = encoder
    this.#encoder = encoder
    const layout = this.#protocol === 'binary' ? new BinaryLayout(this.#definitions) : null
    this.#places = new Int32Array(2 * columns)
    this.#layout = layout
    this.#row = new RowInPieces(encoder, columns, layout)
    this.largestWhole = Math.max(CONTROL_BYTES, mostRowBytes)
    this.#loop =
      inline === null || layout !== null
        ? new PlaceLoop(encoder, columns, layout)
        : loopFor(inline, mostRowBytes)
    this.#phase = 'ROWS'
  }

  #afterRows(payload: Buffer): void {
    if (payload[0] === ERROR_MARK) {
      this.#finish({ kind: 'error', packet: Buffer.from(payload) })
      return
    }
    const { outcome, hasMore } = readEndOfRows(payload)
    if (hasMore) this.#finish({ kind: 'unfit', reason: 'the statement returns several results' })
    else this.#finish({ kind: 'whole', outcome })
  }

  #finish(end: ResultEnd): void {
    this.#phase = 'DONE'
    this.#loop = null
    this.largestWhole = ANY_LENGTH
    this.#handler.ended(end)
  }
}

const loopFor = (inline: InlineRows, largestRow: number): RowLoop | MemberLoop =>
  hasMembers(inline) ? new MemberLoop(inline, largestRow) : new RowLoop(inline, largestRow)
