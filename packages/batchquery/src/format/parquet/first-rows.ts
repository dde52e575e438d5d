import type { AsyncBuffer, Compressors, FileMetaData, SchemaTree } from 'hyparquet'
import { BatchQueryError } from '../../errors/index.ts'
import { unzstd } from '../../platform/index.ts'
import type { PartColumn, ReadRange } from '../format.ts'
import type { ReadColumn, ReadRows, ReadValue } from '../read-rows.ts'
import { TAIL_BYTES } from './footer.ts'
import { columnValues, isPrintable, type TopValues } from './printed-values.ts'
import { type ParquetFooter, readFooter } from './read-footer.ts'
import { invalid } from './thrift-reader.ts'

/** Rows of a Parquet file, and the columns whose values cannot be printed. */
export interface FirstRows extends ReadRows {
  readonly omitted: readonly PartColumn[]
}

/** Footers up to this size, and indexes next to each other, come with one request. */
const NEAR_BYTES = 1024 * 1024
/** The most bytes of a page after its decompression. */
const MOST_PAGE_BYTES = 256 * 1024 * 1024

/**
 * Reads the first rows of a Parquet file: the footer, and the pages with these rows. Without an offset index it reads the chunks of the
 * row group.
 *
 * @param size of the file, in bytes
 * @throws VERIFICATION if it is not such a file; CONFIG if this Node lacks its compression; UNSUPPORTED_CLAUSE if no column can be printed
 */
export async function firstParquetRows(size: number, read: ReadRange, count: number): Promise<FirstRows> {
  const cached = new CachedRanges(size, read)
  const footer = await readFooter(size, cached.read)
  // Loaded on demand: only a reader of Parquet needs it.
  const hyparquet = await import('hyparquet')
  try {
    const metadata = hyparquet.parquetMetadata(await footerBytes(size, cached), { geoparquet: false })
    const tops = hyparquet.parquetSchema(metadata).children
    const printed = printedColumns(tops, footer)
    await cached.keep(indexesOf(metadata))
    // hyparquet turns a decimal into a floating-point number and a timestamp into milliseconds. Without its type, a value stays as it is stored.
    for (const { tree } of printed) forgetTypes(tree)
    const rows: unknown[][] = []
    await hyparquet.parquetRead({
      file: cached.buffer,
      metadata,
      columns: printed.map(({ tree }) => tree.element.name),
      rowEnd: Math.min(count, footer.rows),
      useOffsetIndex: true,
      utf8: false,
      geoparquet: false,
      compressors: compressorsFor(metadata, hyparquet.snappyUncompress),
      parsers: { timestampFromNanoseconds: (nanos: bigint) => nanos },
      onComplete: read => rows.push(...read),
    })
    const shown = printed.map(({ values }, at) =>
      columnOf(
        values,
        rows.map(row => row[at] ?? null),
      ),
    )
    const omitted = footer.columns.filter((_, at) => !isPrintable(tops[at]))
    return {
      columns: shown.map(({ column }) => column),
      rows: rows.map((_, row) => shown.map(({ values }) => values[row])),
      omitted,
    }
  } catch (thrown) {
    if (thrown instanceof BatchQueryError) throw thrown
    throw invalid(`its rows cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}

interface PrintedColumn {
  readonly tree: SchemaTree
  readonly values: TopValues
}

/** @throws UNSUPPORTED_CLAUSE, VERIFICATION */
function printedColumns(tops: readonly SchemaTree[], { columns }: ParquetFooter): readonly PrintedColumn[] {
  const names = new Set<string>()
  for (const { name } of columns) {
    if (names.has(name)) throw invalid(`two of its columns are named ${JSON.stringify(name)}`)
    names.add(name)
  }
  const printed = tops.filter(isPrintable).map(tree => ({ tree, values: columnValues(tree) }))
  if (printed.length > 0 || columns.length === 0) return printed
  throw new BatchQueryError(
    'UNSUPPORTED_CLAUSE',
    `no column has a type that can be printed: ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}`,
    { hint: 'Read it with DuckDB: `duckdb -c "FROM \'FILE\' LIMIT 20"`.' },
  )
}

function forgetTypes({ element, children }: SchemaTree): void {
  for (const child of children) forgetTypes(child)
  if (children.length > 0) return
  delete element.converted_type
  delete element.logical_type
}

async function footerBytes(size: number, { read }: CachedRanges): Promise<Uint8Array> {
  const length = (await read(size - TAIL_BYTES, TAIL_BYTES)).readUInt32LE() + TAIL_BYTES
  return read(size - length, length)
}

/** The offset indexes of the first row group with rows: start and end of the range that has them all. Empty if they are far apart. */
function indexesOf({ row_groups }: FileMetaData): { readonly start: number; readonly end: number } {
  const chunks = row_groups.find(({ num_rows }) => num_rows > 0n)?.columns ?? []
  const starts = chunks.map(({ offset_index_offset }) => Number(offset_index_offset ?? Number.NaN))
  const ends = chunks.map(({ offset_index_length }, at) => starts[at] + (offset_index_length ?? 0))
  const start = Math.min(...starts)
  const end = Math.max(...ends)
  return end - start <= NEAR_BYTES ? { start, end } : { start: 0, end: 0 }
}

/** The ranges that were read first: the others come from the file. */
class CachedRanges {
  readonly buffer: AsyncBuffer
  readonly #size: number
  readonly #read: ReadRange
  readonly #kept: { readonly start: number; readonly bytes: Buffer }[] = []

  constructor(size: number, read: ReadRange) {
    this.#size = size
    this.#read = read
    const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
      const bytes = await this.read(start, end - start)
      if (bytes.length < end - start) throw invalid(`it ends at byte ${start + bytes.length}`)
      return new Uint8Array(bytes).buffer
    }
    this.buffer = { byteLength: size, slice }
  }

  readonly read: ReadRange = async (start, length) => {
    const kept = this.#keptAt(start, start + length)
    if (kept !== null) return kept
    const isTail = start + length === this.#size && this.#kept.length === 0
    if (!isTail) return this.#read(start, length)
    await this.keep({ start: Math.max(0, this.#size - NEAR_BYTES), end: this.#size })
    return this.#keptAt(start, start + length) ?? this.#read(start, length)
  }

  async keep({ start, end }: { readonly start: number; readonly end: number }): Promise<void> {
    if (start >= end || this.#keptAt(start, end) !== null) return
    this.#kept.push({ start, bytes: await this.#read(start, end - start) })
  }

  #keptAt(start: number, end: number): Buffer | null {
    const found = this.#kept.find(kept => kept.start <= start && end <= kept.start + kept.bytes.length)
    return found === undefined ? null : found.bytes.subarray(start - found.start, end - found.start)
  }
}

/** @throws CONFIG if this Node lacks the compression */
function compressorsFor(
  { row_groups }: FileMetaData,
  snappy: (compressed: Uint8Array, output: Uint8Array) => void,
): Compressors {
  const codecs = new Set(
    row_groups.flatMap(({ columns }) => columns.map(({ meta_data }) => meta_data?.codec)),
  )
  const { gunzipSync, brotliDecompressSync } = process.getBuiltinModule('node:zlib')
  const bounded =
    (decompress: (input: Uint8Array, bytes: number) => Uint8Array) => (input: Uint8Array, bytes: number) => {
      if (bytes > MOST_PAGE_BYTES) throw invalid(`a page has ${bytes} bytes`)
      return decompress(input, bytes)
    }
  const zstd = codecs.has('ZSTD') ? unzstd() : null
  return {
    SNAPPY: bounded((input, bytes) => {
      const output = new Uint8Array(bytes)
      snappy(input, output)
      return output
    }),
    GZIP: bounded((input, bytes) => gunzipSync(input, { maxOutputLength: Math.max(1, bytes) })),
    BROTLI: bounded((input, bytes) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, bytes) })),
    ...(zstd && { ZSTD: bounded((input, bytes) => zstd.here(input, Math.max(1, bytes))) }),
  }
}

/** Strings that are not text make the column one of bytes, and numbers that JSON does not have make it one of strings. */
function columnOf(
  { name, type, isNumber, textOf }: TopValues,
  stored: readonly unknown[],
): { readonly column: ReadColumn; readonly values: readonly ReadValue[] } {
  const values = stored.map(value => (value === null ? null : textOf(value)))
  if (type.kind !== 'bytes' && values.some(value => value instanceof Uint8Array)) {
    const bytes = values.map(value => (typeof value === 'string' ? Buffer.from(value) : value))
    return { column: { name, type: { kind: 'bytes' }, isNumber: false }, values: bytes }
  }
  const isJsonNumber = !isNumber || values.every(value => value === null || Number.isFinite(Number(value)))
  return {
    column: { name, type: isJsonNumber ? type : { kind: 'string' }, isNumber: isNumber && isJsonNumber },
    values,
  }
}
