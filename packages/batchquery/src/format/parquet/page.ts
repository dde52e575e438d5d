import type { Bound } from './bounds.ts'
import type { CodecName } from './codecs.ts'
import type { PageBuffer } from './page-buffer.ts'
import type { ThriftWriter } from './thrift.ts'

/** The numbers of `Encoding` in parquet.thrift. */
export const ENCODING = { PLAIN: 0, RLE: 3, DELTA_BINARY_PACKED: 5, RLE_DICTIONARY: 8 } as const
export type PageEncoding = (typeof ENCODING)['PLAIN' | 'DELTA_BINARY_PACKED' | 'RLE_DICTIONARY']

/** The numbers of `PageType` in parquet.thrift. */
export const PAGE_TYPE = { DATA: 0, DICTIONARY: 2 } as const

/** A page that a column has collected, before it is compressed. */
export interface RawPage {
  readonly type: (typeof PAGE_TYPE)[keyof typeof PAGE_TYPE]
  readonly encoding: PageEncoding
  readonly rows: number
  /** Values, and entries without one (see `Levels`); of a dictionary page, its values. */
  readonly entries: number
  /** Entries without a value. */
  readonly nulls: number
  /** Null if it has no values, or no bounds for them. */
  readonly bound: Bound | null
  readonly buffer: PageBuffer
  /** The place of the page in the buffer. */
  readonly start: number
  readonly end: number
}

/** Takes the pages of a column, and has the memory for the next ones. */
export interface PageTaker {
  /** Compresses them. */
  readonly codec: CodecName
  /** Takes a page. Returns the buffer for the next one, of at least `bytes` bytes. */
  take(page: RawPage, bytes: number): PageBuffer
  /** A buffer for a value that comes in pieces. */
  long(bytes: number): PageBuffer
}

/** The longest page header, with room to spare. */
export const HEADER_ROOM = 64

export function writePageHeader(
  out: ThriftWriter,
  page: RawPage,
  compressedBytes: number,
  crc: number,
): void {
  out.reset()
  out.begin()
  out.i32(1, page.type)
  out.i32(2, page.end - page.start)
  out.i32(3, compressedBytes)
  out.i32(4, crc | 0)
  if (page.type === PAGE_TYPE.DATA) {
    out.begin(5)
    out.i32(1, page.entries)
    out.i32(2, page.encoding)
    out.i32(3, ENCODING.RLE)
    out.i32(4, ENCODING.RLE)
    out.end()
  } else {
    out.begin(7)
    out.i32(1, page.entries)
    out.i32(2, ENCODING.PLAIN)
    out.end()
  }
  out.end()
}
