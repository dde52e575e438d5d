import {
  type CodecName,
  PageCheck,
  type ParquetColumn,
  type ParquetFooter,
  ParquetWriter,
} from '../../../../src/format/parquet/index.ts'
import type { ColumnLimits } from '../../../../src/format/parquet/limits.ts'
import { sourceOf } from './read-values.ts'

export type Row = readonly (Buffer | null)[]

export interface WriteOptions {
  readonly codec?: CodecName
  readonly groupBytes?: number
  /** Rows of a batch, in turn. */
  readonly batches?: readonly number[]
  /** Bytes that are drained at a time. */
  readonly blockBytes?: number
  readonly metadata?: readonly (readonly [string, string])[]
  readonly limits?: ColumnLimits
}

const CREATED_BY = 'batchquery version 0.1.0 (build 0123abc)'
export const CODECS: readonly CodecName[] = [
  'NONE',
  'SNAPPY',
  'GZIP',
  ...('zstdCompress' in process.getBuiltinModule('node:zlib') ? (['ZSTD'] as const) : []),
]

/** The places of rows in one source, as the loops of the drivers find them. */
export function placesOf(rows: readonly Row[]) {
  const values = rows.flat()
  const { source, places } = sourceOf(values.map(value => value ?? Buffer.alloc(0)))
  values.forEach((value, k) => {
    if (value === null) places[2 * k] = places[2 * k + 1] = -1
  })
  return { source, places }
}

export function writerOf(
  columns: readonly ParquetColumn[],
  { codec = 'NONE', groupBytes, metadata, limits }: WriteOptions = {},
) {
  return new ParquetWriter(columns, { codec, groupBytes, metadata, limits, createdBy: CREATED_BY })
}

/** Drains what is there, or all up to the end of the part. */
export async function drain(
  writer: ParquetWriter,
  parts: Buffer[],
  toEnd: boolean,
  blockBytes = 10_000,
): Promise<void> {
  const block = Buffer.alloc(blockBytes)
  for (;;) {
    const end = writer.output.drain(block, 0)
    if (end > 0) parts.push(Buffer.from(block.subarray(0, end)))
    if (writer.output.endedPart !== null) return
    if (end > 0) continue
    if (!toEnd) return
    await writer.whenOutput()
  }
}

/** Feeds rows batch by batch, and waits when the writer must. */
export async function feed(
  writer: ParquetWriter,
  rows: readonly Row[],
  parts: Buffer[],
  { batches = [100], blockBytes }: WriteOptions = {},
): Promise<void> {
  let batch = 0
  for (let first = 0; first < rows.length; ) {
    const some = rows.slice(first, first + batches[batch++ % batches.length])
    const { source, places } = placesOf(some)
    for (let from = 0; from < some.length; ) {
      from += writer.takeRows(source, places, from, some.length - from)
      if (from < some.length) {
        await drain(writer, parts, false, blockBytes)
        await writer.whenReady()
      }
    }
    // The source is the driver's again.
    source.fill(0xff)
    first += some.length
  }
}

/** A whole file. */
export async function writeFile(
  columns: readonly ParquetColumn[],
  rows: readonly Row[],
  options: WriteOptions = {},
): Promise<Buffer> {
  const writer = writerOf(columns, options)
  const parts: Buffer[] = []
  await feed(writer, rows, parts, options)
  writer.endPart()
  await drain(writer, parts, true, options.blockBytes)
  return Buffer.concat(parts)
}

export const readerOf = (file: Buffer) => (offset: number, length: number) =>
  Promise.resolve(file.subarray(offset, offset + length))

/** Checks the pages of a file that comes in pieces. Returns how many pages it has. */
export function checkPages(footer: ParquetFooter, file: Buffer, pieceBytes = file.length): number {
  const check = new PageCheck(footer)
  // The memory of a piece is used again.
  const piece = Buffer.alloc(pieceBytes)
  for (let at = 0; at < file.length; at += pieceBytes)
    check.add(piece.subarray(0, file.copy(piece, 0, at, at + pieceBytes)))
  check.end()
  return check.pages
}

const PIECE_BYTES = 65_537

/** A whole file whose rows come value by value, and their long values in pieces. */
export async function writeByValue(
  columns: readonly ParquetColumn[],
  rows: readonly Row[],
  options: WriteOptions = {},
): Promise<Buffer> {
  const writer = writerOf(columns, options)
  const parts: Buffer[] = []
  for (const row of rows) {
    while (!writer.canTake) {
      await drain(writer, parts, false)
      await writer.whenReady()
    }
    writer.startRow()
    for (const value of row) {
      if (value === null) writer.nullValue()
      else if (value.length > PIECE_BYTES) inPieces(writer, value)
      else writer.value(value, 0, value.length)
    }
    writer.endRow()
  }
  writer.endPart()
  await drain(writer, parts, true)
  return Buffer.concat(parts)
}

export function inPieces(writer: ParquetWriter, value: Buffer): void {
  writer.startValue(value.length)
  for (let at = 0; at < value.length; at += PIECE_BYTES)
    writer.piece(value, at, Math.min(value.length, at + PIECE_BYTES))
  writer.endValue()
}
