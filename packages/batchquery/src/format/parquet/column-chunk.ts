import { type Bound, boundsOfAll } from './bounds.ts'
import { PAGE_TYPE, type PageEncoding, type RawPage, writePageHeader } from './page.ts'
import { type Arena, PageStore } from './page-store.ts'
import { ThriftWriter } from './thrift.ts'
import type { Order } from './type.ts'

export interface DataPage {
  readonly encoding: PageEncoding
  readonly rows: number
  /** Values, and entries without one. */
  readonly entries: number
  readonly nulls: number
  readonly bound: Bound | null
  /** With its header. */
  readonly bytes: number
}

const header = new ThriftWriter()

/** The compressed pages of one column in one row group. */
export class ColumnChunk {
  readonly order: Order
  readonly dictionary: PageStore
  readonly data: PageStore
  readonly pages: DataPage[] = []
  entries = 0
  nulls = 0
  /** Pages that are still compressed. */
  pending = 0
  /** Before compression, with the headers. */
  rawBytes = 0
  /** Set when the group ends, if the dictionary has all values of the chunk. */
  distinct: number | null = null

  constructor(order: Order, arena: Arena) {
    this.order = order
    this.dictionary = new PageStore(arena)
    this.data = new PageStore(arena)
  }

  get bytes(): number {
    return this.dictionary.bytes + this.data.bytes
  }

  storeOf({ type }: RawPage): PageStore {
    return type === PAGE_TYPE.DICTIONARY ? this.dictionary : this.data
  }

  /** A page whose compressed bytes are all in its store. */
  endPage(page: RawPage): void {
    const store = this.storeOf(page)
    const before = store.bytes
    store.end((bytes, crc) => {
      writePageHeader(header, page, bytes, crc)
      return header.written
    })
    this.rawBytes += header.length + page.end - page.start
    if (page.type === PAGE_TYPE.DICTIONARY) return
    const { encoding, rows, entries, nulls, bound } = page
    this.pages.push({ encoding, rows, entries, nulls, bound, bytes: store.bytes - before })
    this.entries += entries
    this.nulls += nulls
  }

  /** The bounds of all values, or null if a page with values has none: if they have NaN or no end. */
  bound(): Bound | null {
    const bounds = this.pages.flatMap(page => (page.bound === null ? [] : [page.bound]))
    return this.hasAllBounds() ? boundsOfAll(this.order, bounds) : null
  }

  hasAllBounds(): boolean {
    return this.pages.every(page => page.bound !== null || page.nulls === page.entries)
  }

  release(): void {
    this.dictionary.release()
    this.data.release()
  }
}
