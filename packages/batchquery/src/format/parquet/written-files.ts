import type { Block, BlockOutput } from '../blocks/block.ts'
import type { FileJoiner } from '../format.ts'
import { MAGIC, TAIL_BYTES } from './footer.ts'
import { invalid } from './thrift-reader.ts'
import { joinedFooter, movedGroup, parseWrittenFooter, SCHEMA, type WrittenFooter } from './written-footer.ts'

/** As DuckDB's own writer has them. */
const GROUP_ROWS = 122_880
/** Row groups have a multiple of so many rows. */
const VECTOR_ROWS = 2048
/** Most rows are shorter. */
const ROW_BYTES = 2048

/** How many rows a file may have, so that it usually fits into a part. */
export function rowsOfWrittenFile(maxPartBytes: number): number {
  const vectors = Math.floor(maxPartBytes / ROW_BYTES / VECTOR_ROWS)
  return Math.min(GROUP_ROWS, Math.max(1, vectors) * VECTOR_ROWS)
}

/** A file that another program wrote. */
interface WrittenFile {
  /** The bytes between the magic bytes and the footer. */
  readonly data: readonly Buffer[]
  readonly dataBytes: number
  readonly footer: WrittenFooter
}

/** The part that is being written. */
interface Part {
  /** The footer of its first file. */
  readonly like: WrittenFooter
  /** The most bytes of the footer without the row groups. */
  readonly frameBytes: number
  readonly groups: Buffer[]
  groupBytes: number
  rows: number
  /** How many bytes it has. */
  bytes: number
}

/** The counts of rows and row groups take more bytes in a larger part. */
const COUNT_BYTES = 32

/**
 * Joins Parquet files to parts. The row groups keep their bytes, and all but the offsets in their descriptions. A part ends before a
 * file that would make it longer than `maxPartBytes`, so it is longer only if one file is.
 */
export class WrittenFileJoiner implements FileJoiner {
  readonly #output: BlockOutput
  readonly #metadata: readonly (readonly [key: string, value: string])[]
  #part: Part | null = null
  /** The block that is being filled, up to `#at`. */
  #block: Buffer | null = null
  #at = 0
  #rowsEnded = 0
  #endsRow = false
  #isDiscarded = false
  readonly #discarded: Promise<void>
  #wake = (): void => {}

  constructor(output: BlockOutput, metadata: readonly (readonly [key: string, value: string])[]) {
    this.#output = output
    this.#metadata = metadata
    this.#discarded = new Promise(resolve => {
      this.#wake = resolve
    })
  }

  async add(pieces: readonly Buffer[]): Promise<void> {
    const file = parseFile(pieces)
    const open = this.#part
    if (open !== null) {
      if (!schemaOf(file.footer).equals(schemaOf(open.like)))
        throw invalid('its columns differ from those of the file before it')
      const groups = moved(file, open)
      const bytes = open.bytes + file.dataBytes + open.frameBytes + open.groupBytes + sizeOf(groups)
      if (bytes <= this.#output.maxPartBytes) return this.#append(file, groups, open)
      await this.#endPart(open)
      this.#handOut(true)
    }
    const part = this.#newPart(file.footer)
    this.#part = part
    await this.#write(MAGIC)
    await this.#append(file, moved(file, part), part)
  }

  async finish(): Promise<void> {
    if (this.#part === null) throw invalid('the database wrote none')
    await this.#endPart(this.#part)
    this.#handOut(false)
  }

  discard(): void {
    if (this.#isDiscarded) return
    this.#isDiscarded = true
    if (this.#block !== null) this.#output.pool.give(this.#block)
    this.#block = null
    this.#wake()
  }

  #newPart(like: WrittenFooter): Part {
    const frameBytes = joinedFooter(like, 0, [], this.#metadata).length + COUNT_BYTES
    return { like, frameBytes, groups: [], groupBytes: 0, rows: 0, bytes: MAGIC.length }
  }

  async #append(
    { data, dataBytes, footer }: WrittenFile,
    groups: readonly Buffer[],
    part: Part,
  ): Promise<void> {
    this.#endsRow = false
    for (const piece of data) await this.#write(piece)
    part.groups.push(...groups)
    part.groupBytes += sizeOf(groups)
    part.bytes += dataBytes
    part.rows += footer.rows
    this.#rowsEnded += footer.rows
    this.#endsRow = true
  }

  async #endPart({ like, rows, groups }: Part): Promise<void> {
    await this.#write(joinedFooter(like, rows, groups, this.#metadata))
    this.#part = null
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let from = 0
    while (from < bytes.length) {
      // A full block waits for more bytes, because it may be the last one of its part.
      if (this.#block !== null && this.#at === this.#block.length) this.#handOut(false)
      const block = this.#block ?? (await this.#nextBlock())
      if (block === null) return
      const piece = bytes.subarray(from, from + block.length - this.#at)
      block.set(piece, this.#at)
      this.#at += piece.length
      from += piece.length
    }
  }

  /** Null after `discard`. */
  async #nextBlock(): Promise<Buffer | null> {
    const { pool } = this.#output
    while (!this.#isDiscarded) {
      const block = pool.take()
      if (block !== null) {
        this.#block = block
        return block
      }
      await Promise.race([pool.whenFree(), this.#discarded])
    }
    return null
  }

  #handOut(endsPart: boolean): void {
    const buffer = this.#block
    if (buffer === null) return
    const { pool, emit } = this.#output
    const block: Block = {
      bytes: buffer.subarray(0, this.#at),
      rowsEnded: this.#rowsEnded,
      endsRow: this.#endsRow,
      endsPart,
      partition: '',
      release: () => pool.give(buffer),
    }
    this.#block = null
    this.#at = 0
    this.#rowsEnded = 0
    emit(block)
  }
}

const sizeOf = (buffers: readonly Buffer[]): number => buffers.reduce((sum, { length }) => sum + length, 0)

/** The schema of a file, as it is in its footer. */
const schemaOf = ({ fields }: WrittenFooter): Buffer => fields.get(SCHEMA)?.value ?? Buffer.alloc(0)

/** The descriptions of a file's row groups, if the file is the next one of a part. */
const moved = ({ footer }: WrittenFile, { bytes }: Part): readonly Buffer[] =>
  footer.groups.map(group => movedGroup(group, bytes - MAGIC.length))

/** @throws VERIFICATION */
function parseFile(pieces: readonly Buffer[]): WrittenFile {
  const size = sizeOf(pieces)
  if (size < MAGIC.length + TAIL_BYTES) throw invalid(`it has ${size} bytes`)
  const tail = Buffer.concat(cut(pieces, size - TAIL_BYTES, size))
  const start = Buffer.concat(cut(pieces, 0, MAGIC.length))
  if (!start.equals(MAGIC) || !tail.subarray(4).equals(MAGIC))
    throw invalid('it does not begin and end with PAR1')
  const dataEnd = size - TAIL_BYTES - tail.readUInt32LE()
  if (dataEnd < MAGIC.length)
    throw invalid(`its footer has ${tail.readUInt32LE()} bytes, but the file has ${size}`)
  return {
    data: cut(pieces, MAGIC.length, dataEnd),
    dataBytes: dataEnd - MAGIC.length,
    footer: parseWrittenFooter(Buffer.concat(cut(pieces, dataEnd, size - TAIL_BYTES))),
  }
}

/** The bytes from `start` to `end`. */
function cut(pieces: readonly Buffer[], start: number, end: number): readonly Buffer[] {
  const found: Buffer[] = []
  let at = 0
  for (const piece of pieces) {
    const inside = piece.subarray(Math.max(0, start - at), Math.max(0, end - at))
    if (inside.length > 0) found.push(inside)
    at += piece.length
  }
  return found
}
