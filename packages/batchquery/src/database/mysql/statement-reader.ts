import { isUtf8 } from 'node:buffer'
import type { ColumnSource, ResultPreview } from '../database.ts'
import {
  ANY_LENGTH,
  ERROR_MARK,
  endsRows,
  LOCAL_INFILE_MARK,
  OK_MARK,
  type OkPacket,
  type ResultOutcome,
  readEndOfRows,
  readOkPacket,
} from './answer-packets.ts'
import { AnswerReader } from './answer-reader.ts'
import { textOf } from './collation-text.ts'
import { type ColumnDefinition, readColumnDefinition } from './column-definition.ts'
import { BINARY_COLLATION, isBinary } from './column-format.ts'
import { lengthEncodedSize, NULL_MARK, readLengthEncoded } from './length-encoded.ts'
import { malformedPacket, malformedRow } from './protocol-error.ts'

/** Longer rows come in pieces: only those of the preview are put together. */
const WHOLE_ROW_BYTES = 64 * 1024
const UTF8_COLLATION = 45

/** All that a server answered to a statement. */
export interface StatementAnswer {
  readonly results: readonly ResultPreview[]
  readonly affectedRows: number | null
  /** In order: a CALL has several. */
  readonly outcomes: readonly ResultOutcome[]
  /** The session variables that the server reports, as they are now. */
  readonly changed: ReadonlyMap<string, string>
}

/** The reader of an answer calls one of these when the answer has ended. */
export interface AnswerHandler<T = StatementAnswer> {
  ended(answer: T): void
  /** @param packet the payload of the server's error packet */
  refused(packet: Buffer): void
}

interface OpenResult {
  readonly columns: ColumnDefinition[]
  readonly rows: (string | null)[][]
  rowCount: number
}

/**
 * Reads the answer to any statement. Its rows are counted as they come; of each result the first `previewRows` are kept as
 * text, binary values as 0x… .
 *
 *     HEADER ──columns──▶ COLUMNS ─▶ COLUMNS_END ─▶ ROWS ──┬─▶ DONE
 *       ▲  └──OK──────────────────────────────────────────▶┤
 *       └────────────────────────────────────more results──┘
 *
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response.html
 */
export class StatementReader extends AnswerReader {
  readonly #handler: AnswerHandler
  readonly #previewRows: number
  readonly #extendedMetadata: boolean
  readonly #results: OpenResult[] = []
  readonly #outcomes: ResultOutcome[] = []
  readonly #changed = new Map<string, string>()
  #phase: 'HEADER' | 'COLUMNS' | 'COLUMNS_END' | 'ROWS' | 'DONE' = 'HEADER'
  #columnCount = 0
  #affectedRows: number | null = null
  #current: OpenResult = { columns: [], rows: [], rowCount: 0 }
  /** The pieces of a long row; null if it is not kept. */
  #pieces: Buffer[] | null = null

  /** @param extendedMetadata whether the connection negotiated MariaDB's extended column metadata */
  constructor(handler: AnswerHandler, previewRows: number, extendedMetadata: boolean) {
    super()
    this.#handler = handler
    this.#previewRows = previewRows
    this.#extendedMetadata = extendedMetadata
  }

  override startPieces(): true {
    this.#pieces = this.#current.rowCount < this.#previewRows ? [] : null
    return true
  }

  override piece(bytes: Buffer, start: number, end: number): number {
    this.#pieces?.push(Buffer.from(bytes.subarray(start, end)))
    return end
  }

  override endPieces(): true {
    this.#row(Buffer.concat(this.#pieces ?? []))
    this.#pieces = null
    return true
  }

  protected take(payload: Buffer): void {
    const [mark] = payload
    if (mark === ERROR_MARK) {
      this.#phase = 'DONE'
      this.#handler.refused(Buffer.from(payload))
    } else if (this.#phase === 'HEADER') this.#header(payload)
    else if (this.#phase === 'COLUMNS') this.#column(payload)
    else if (this.#phase === 'COLUMNS_END') {
      this.#phase = 'ROWS'
      this.largestWhole = WHOLE_ROW_BYTES
    } else if (this.#phase === 'ROWS') {
      if (endsRows(mark, payload.length)) this.#endOfRows(payload)
      else this.#row(payload)
    } else throw malformedPacket(new Error('a packet came after the end of the answer'))
  }

  #header(payload: Buffer): void {
    const [mark] = payload
    // The file would be one of this machine. It was not offered, so a server that asks for it is not an honest one.
    if (mark === LOCAL_INFILE_MARK)
      throw malformedPacket(new Error('the server asked for LOCAL INFILE, which batchquery did not offer'))
    if (mark === OK_MARK) this.#ok(readOkPacket(payload))
    else {
      this.#columnCount = readLengthEncoded(payload, 0)
      this.#current = { columns: [], rows: [], rowCount: 0 }
      this.#results.push(this.#current)
      this.#phase = 'COLUMNS'
    }
  }

  #ok({ affectedRows, hasMore, warnings, isInTransaction, changed }: OkPacket): void {
    this.#affectedRows = (this.#affectedRows ?? 0) + affectedRows
    for (const [name, value] of changed) this.#changed.set(name, value)
    this.#endOfResult({ hasRows: false, warnings, isInTransaction, changePending: false }, hasMore)
  }

  #column(payload: Buffer): void {
    const { columns } = this.#current
    columns.push(readColumnDefinition(payload, this.#extendedMetadata))
    if (columns.length === this.#columnCount) this.#phase = 'COLUMNS_END'
  }

  #row(payload: Buffer): void {
    const { columns, rows } = this.#current
    if (this.#current.rowCount++ < this.#previewRows) rows.push(rowTexts(payload, columns))
  }

  #endOfRows(payload: Buffer): void {
    this.largestWhole = ANY_LENGTH
    const { outcome, hasMore } = readEndOfRows(payload)
    this.#endOfResult(outcome, hasMore)
  }

  #endOfResult(outcome: ResultOutcome, hasMore: boolean): void {
    this.#outcomes.push(outcome)
    if (hasMore) {
      this.#phase = 'HEADER'
      return
    }
    this.#phase = 'DONE'
    const results = this.#results.map(({ columns, rows, rowCount }) => ({
      columns: columns.map(({ name, collation }) => nameOf(name, collation)),
      sources: columns.map(sourceOf),
      rows,
      rowCount,
    }))
    this.#handler.ended({
      results,
      affectedRows: this.#affectedRows,
      outcomes: this.#outcomes,
      changed: this.#changed,
    })
  }
}

/** Names come in UTF-8 where results are not converted, and else in the character set of the results. */
const nameOf = (name: Uint8Array, collation: number): string =>
  textOf(Buffer.from(name), isUtf8(name) ? UTF8_COLLATION : collation)

function sourceOf({ source, collation, ...column }: ColumnDefinition): ColumnSource {
  const sign = column.isUnsigned ? 'unsigned' : 'signed'
  // The digits of a text say nothing, and differ between a column and an expression.
  const kind = collation === BINARY_COLLATION ? `${sign} ${column.decimals}` : 'text'
  return {
    schema: nameOf(source.schema, collation),
    table: nameOf(source.table, collation),
    column: nameOf(source.column, collation),
    type: `${column.type} ${kind}`,
  }
}

function rowTexts(payload: Buffer, columns: readonly ColumnDefinition[]): (string | null)[] {
  let at = 0
  return columns.map((column, index) => {
    if (payload[at] === NULL_MARK) {
      at++
      return null
    }
    const start = at + lengthEncodedSize(payload[at])
    at = start + readLengthEncoded(payload, at)
    if (!(at <= payload.length)) throw malformedRow(index)
    return shown(payload.subarray(start, at), column)
  })
}

const shown = (value: Buffer, column: ColumnDefinition): string =>
  isBinary(column) ? `0x${value.toString('hex').toUpperCase()}` : textOf(value, column.collation)
