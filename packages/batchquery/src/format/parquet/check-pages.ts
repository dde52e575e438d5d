import { HEADER_ROOM, PAGE_TYPE } from './page.ts'
import type { ChunkSummary, ParquetFooter, ReadRange } from './read-footer.ts'
import { invalid, ThriftReader } from './thrift-reader.ts'

/** Read at a time. */
const WINDOW = 4 << 20

/**
 * Reads all pages of a file and compares their checksums and numbers of rows.
 *
 * @returns how many pages it has
 * @throws VERIFICATION if a page has changed since it was written
 */
export async function checkPages(footer: ParquetFooter, read: ReadRange): Promise<number> {
  let pages = 0
  for (const group of footer.groups) {
    for (const [index, chunk] of group.chunks.entries()) {
      const found = await checkChunk(chunk, read)
      pages += found.pages
      const name = JSON.stringify(footer.columns[index]?.name)
      if (found.rows !== group.rows)
        throw invalid(`column ${name} has ${found.rows} rows in a row group of ${group.rows}`)
      if (found.rawBytes !== chunk.rawBytes)
        throw invalid(
          `the pages of column ${name} have ${found.rawBytes} bytes, and the footer says ${chunk.rawBytes}`,
        )
    }
  }
  return pages
}

async function checkChunk({ offset, bytes }: ChunkSummary, read: ReadRange) {
  const { crc32 } = process.getBuiltinModule('node:zlib')
  const end = offset + bytes
  const window = new Window(end, read)
  let at = offset
  let pages = 0
  let rows = 0
  let rawBytes = 0
  while (at < end) {
    const reader = new ThriftReader(await window.bytes(at, HEADER_ROOM))
    const header = reader.struct()
    const page = at + reader.at
    const size = header.number(3)
    if (size < 0 || page + size > end)
      throw invalid(`the page at ${at} has ${size} bytes, and its column ends at ${end}`)
    let crc = 0
    for (let from = page; from < page + size; ) {
      const part = await window.bytes(from, Math.min(WINDOW, page + size - from))
      crc = crc32(part, crc)
      from += part.length
    }
    if (!header.has(4)) throw invalid(`the page at ${at} has no checksum`)
    if ((crc | 0) !== header.number(4))
      throw invalid(`the page at ${at} has another checksum than when it was written`)
    if (header.number(1) === PAGE_TYPE.DATA) rows += header.struct(5).number(1)
    pages++
    rawBytes += reader.at + header.number(2)
    at = page + size
  }
  return { pages, rows, rawBytes }
}

/** Reads ahead, so that small pages do not cost a request each. */
class Window {
  readonly #end: number
  readonly #read: ReadRange
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0

  constructor(end: number, read: ReadRange) {
    this.#end = end
    this.#read = read
  }

  /** At most `length` bytes from `offset` on: fewer at the end of the column. */
  async bytes(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.#end - offset)
    if (offset < this.#start || offset + wanted > this.#start + this.#bytes.length) {
      const count = Math.min(WINDOW, this.#end - offset)
      const bytes = await this.#read(offset, count)
      if (bytes.length !== count) throw invalid(`it ends before ${offset + count}`)
      this.#bytes = bytes
      this.#start = offset
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + wanted)
  }
}
